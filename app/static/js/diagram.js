/** A case's diagram: where it stands is lit, what is done is ticked and drawn solid, what lies ahead stays pale. */
import { element, say } from "./words.js";

/** Draw every visible `[data-diagram]` below `root`; one in a closed tab waits until it is shown. */
export function mountDiagrams(root) {
  for (const place of root.querySelectorAll("[data-diagram]:not([data-mounted])")) {
    place.dataset.mounted = "";
    const watch = new IntersectionObserver((entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      watch.disconnect();
      draw(place);
    });
    watch.observe(place);
  }
}

async function draw(place) {
  place.classList.add("is-loading");
  try {
    const answer = await fetch(place.dataset.diagram, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(String(answer.status));
    const state = await answer.json();
    await paint(place, state);
    let last = place;
    for (const call of state.calls) {
      const title = element("h3", "h4 mt-3", call.name);
      const below = element("div", "diagram", "");
      last.after(title, below);
      await paint(below, call);
      last = below;
    }
  } catch {
    place.replaceChildren(element("p", "text-secondary p-3", say("noDiagram"))); // not below an empty canvas, out of sight
  } finally {
    place.classList.remove("is-loading");
  }
}

async function paint(place, { xml, current, done, flows }) {
  const viewer = new BpmnJS({ container: place });
  await viewer.importXML(xml);
  const canvas = viewer.get("canvas");
  const registry = viewer.get("elementRegistry");
  const overlays = viewer.get("overlays");
  const mark = (ids, name) => ids.filter((id) => registry.get(id)).forEach((id) => canvas.addMarker(id, name));
  registry.filter((each) => each.waypoints && each.type === "bpmn:SequenceFlow").forEach((each) => canvas.addMarker(each.id, "is-ahead"));
  flows.filter((id) => registry.get(id)).forEach((id) => canvas.removeMarker(id, "is-ahead"));
  mark(flows, "is-taken");
  mark(done.filter((id) => !current.includes(id)), "is-done");
  mark(current, "is-current");
  for (const id of done.filter((each) => registry.get(each) && !current.includes(each))) {
    if (registry.get(id).type.endsWith("Task")) overlays.add(id, { position: { top: -9, right: 9 }, html: badge("done", "✓", say("stepDone")) });
  }
  for (const id of current.filter((each) => registry.get(each))) {
    overlays.add(id, { position: { top: -14, left: -4 }, html: badge("current", say("stepCurrent"), "") });
  }
  fit(canvas, registry, current);
  addButtons(place, canvas);
  addEventListener("beforeprint", () => canvas.zoom("fit-viewport", "auto"));
}

function badge(kind, text, title) {
  const node = element("div", `diagram-badge diagram-badge-${kind}`, text);
  if (title) node.title = title;
  return node;
}

/** Fit the whole diagram while it stays readable; else show it at reading size around where the case stands. */
function fit(canvas, registry, current) {
  canvas.zoom("fit-viewport", "auto");
  const at = current.map((id) => registry.get(id)).find(Boolean);
  if (canvas.zoom() >= 0.55 || !at) return;
  canvas.zoom(0.7, { x: at.x + at.width / 2, y: at.y + at.height / 2 });
  canvas.scrollToElement(at, { top: 80, bottom: 80, left: 160, right: 160 });
}

function addButtons(place, canvas) {
  const bar = element("div", "diagram-buttons btn-group-vertical");
  const add = (sign, label, act) => {
    const button = element("button", "btn btn-icon btn-sm", sign);
    button.type = "button";
    button.setAttribute("aria-label", label);
    button.title = label;
    button.addEventListener("click", act);
    bar.append(button);
  };
  add("+", say("zoomIn"), () => canvas.zoom(canvas.zoom() * 1.25));
  add("−", say("zoomOut"), () => canvas.zoom(canvas.zoom() / 1.25));
  add("⤢", say("zoomFit"), () => canvas.zoom("fit-viewport", "auto"));
  place.append(bar);
}
