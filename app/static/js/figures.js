/** Charts of the figures page: they show what the tables say; a click leads to the rows behind a number. */

const probe = document.body.appendChild(document.createElement("span"));

/** Return a token's colour as a canvas understands it. */
function ink(name) {
  probe.style.color = `var(${name})`;
  return getComputedStyle(probe).color;
}

for (const canvas of document.querySelectorAll("canvas[data-chart]")) {
  const { labels, series, links } = JSON.parse(document.getElementById(canvas.dataset.chart).textContent);
  canvas.parentElement.style.height = `${labels.length * 1.75 + 5}rem`;
  Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
  Chart.defaults.color = ink("--tblr-body-color");
  Chart.defaults.animation = false;
  new Chart(canvas, {
    type: "bar",
    data: {
      labels,
      datasets: series.map(({ name, values, color }) => ({
        label: name, data: values, backgroundColor: ink(color), borderRadius: 2, maxBarThickness: 22, stack: "all",
      })),
    },
    options: {
      indexAxis: "y", maintainAspectRatio: false,
      scales: {
        x: { stacked: true, beginAtZero: true, ticks: { precision: 0 }, grid: { color: ink("--tblr-border-color") } },
        y: { stacked: true, grid: { display: false }, ticks: { autoSkip: false } },
      },
      plugins: { legend: { display: series.length > 1, position: "bottom", labels: { boxWidth: 12 } } },
      onClick: (event, [bar]) => { if (bar && links?.[bar.index]) location.assign(links[bar.index]); },
      onHover: (event, bars) => { canvas.classList.toggle("is-link", Boolean(bars.length && links)); },
    },
  });
}
probe.remove();
