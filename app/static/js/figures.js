/** Charts of the figures page: they show what the tables say; a click leads to the rows behind a number. */

const probe = document.body.appendChild(document.createElement("span"));

/** Return a token's colour as a canvas understands it. */
function ink(name) {
  probe.style.color = `var(${name})`;
  return getComputedStyle(probe).color;
}

/** Return what Chart.js needs of a series, drawn as a bar or a line. */
function dataset({ name, values, color, dash }, isLine) {
  const drawn = { label: name, data: values, backgroundColor: ink(color), borderColor: ink(color) };
  return isLine
    ? { ...drawn, borderWidth: 2, borderDash: dash, pointRadius: 3, pointHitRadius: 8, spanGaps: true }
    : { ...drawn, borderWidth: 0, borderRadius: 2, maxBarThickness: 22, stack: "all" };
}

function draw(canvas) {
  const { type, percent, labels, series } = JSON.parse(document.getElementById(canvas.dataset.chart).textContent);
  const isLine = type === "line";
  const at = (found) => (found ? series[found.datasetIndex].links?.[found.index] : undefined);
  canvas.parentElement.style.height = isLine ? "16rem" : `${labels.length * 1.75 + 5}rem`;
  const counts = {
    stacked: !isLine, beginAtZero: true, max: percent ? 100 : undefined, grid: { color: ink("--tblr-border-color") },
    ticks: { precision: 0, callback: (value) => (percent ? `${value}%` : value) },
  };
  const names = { stacked: !isLine, grid: { display: false }, ticks: { autoSkip: isLine } };
  new Chart(canvas, {
    type,
    data: { labels, datasets: series.map((each) => dataset(each, isLine)) },
    options: {
      indexAxis: isLine ? "x" : "y", maintainAspectRatio: false, interaction: { mode: "nearest", intersect: true },
      scales: isLine ? { x: names, y: counts } : { x: counts, y: names },
      plugins: { legend: { display: series.length > 1, position: "bottom", labels: { boxWidth: isLine ? 24 : 12, usePointStyle: isLine, pointStyle: "line" } } },
      onClick: (event, [found]) => { if (at(found)) location.assign(at(found)); },
      onHover: (event, [found]) => { canvas.classList.toggle("is-link", Boolean(at(found))); },
    },
  });
}

const canvases = document.querySelectorAll("canvas[data-chart]");
if (canvases.length) {
  Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
  Chart.defaults.color = ink("--tblr-body-color");
  Chart.defaults.animation = false;
  canvases.forEach(draw);
}
probe.remove();
document.querySelector("[data-print]")?.addEventListener("click", () => print());
