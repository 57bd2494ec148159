// Draws a version's diagram and marks how many open tasks and jobs wait at each element.

for (const place of document.querySelectorAll("[data-cockpit-diagram]")) draw(place);

async function draw(place) {
  const answer = await fetch(place.dataset.cockpitDiagram, { headers: { "X-Background": "1" } });
  if (!answer.ok) return;
  const viewer = new window.BpmnJS({ container: place });
  await viewer.importXML(await answer.text());
  viewer.get("canvas").zoom("fit-viewport", "auto");
  const registry = viewer.get("elementRegistry");
  for (const [id, count] of Object.entries(JSON.parse(place.dataset.waiting))) {
    if (!registry.get(id)) continue;
    const badge = document.createElement("span");
    badge.className = "badge bg-blue text-blue-fg";
    badge.textContent = count;
    badge.title = `${place.dataset.waitingWord}: ${count}`;
    viewer.get("overlays").add(id, { position: { top: -12, right: 12 }, html: badge });
  }
  for (const button of document.querySelectorAll("[data-zoom]")) {
    const step = Number(button.dataset.zoom);
    const fit = () => viewer.get("canvas").zoom("fit-viewport", "auto");
    button.addEventListener("click", () => (step ? viewer.get("zoomScroll").stepZoom(step) : fit()));
  }
  place.dataset.drawn = "";
}
