/** The inbox: the list keeps its place, a chosen task opens beside it, a finished one makes way for the next. */

const list = document.querySelector("[data-inbox-list]");
const pane = document.getElementById("task");
const rows = () => [...(list?.querySelectorAll("[data-row]") ?? [])];
const chosen = () => list?.querySelector('[data-row][aria-current="true"]');

if (list) {
  // The address says everything; going back asks the server anew instead of reviving a dead form.
  Object.assign(htmx.config, { historyCacheSize: 0, refreshOnHistoryMiss: true });
  keepScroll();
  list.addEventListener("click", (event) => {
    const row = event.target.closest("[data-row]");
    if (row && !event.ctrlKey && !event.metaKey) choose(row);
  });
  document.body.addEventListener("ct:done", goOn);
  document.body.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target === pane) pane.scrollTop = 0;
  });
}

function keepScroll() {
  const key = `inbox:${list.dataset.inboxList}`;
  list.scrollTop = Number(sessionStorage.getItem(key) ?? 0);
  addEventListener("pagehide", () => sessionStorage.setItem(key, String(list.scrollTop)));
  chosen()?.scrollIntoView({ block: "nearest" });
}

function choose(row) {
  chosen()?.removeAttribute("aria-current");
  row.setAttribute("aria-current", "true");
  document.querySelector("[data-inbox]").classList.add("has-task");
}

/** The task is done: open the one that stood below it (else above), and say what was done. */
function goOn(event) {
  event.detail.handled = true;
  const all = rows();
  const at = all.indexOf(chosen());
  const next = all[at + 1] ?? all[at - 1];
  const address = new URL(location.href);
  address.pathname = list.dataset.inboxPath;
  address.searchParams.set("done", event.detail.task);
  if (next && at >= 0) address.searchParams.set("task", next.dataset.row);
  else address.searchParams.delete("task");
  location.assign(address);
}

/** Move the focus along the list. */
export function move(step) {
  const all = rows();
  if (!all.length) return false;
  const from = all.indexOf(document.activeElement.closest?.("[data-row]"));
  const start = from >= 0 ? from : all.indexOf(chosen());
  const to = all[Math.min(all.length - 1, Math.max(0, start < 0 ? 0 : start + step))];
  to.focus();
  to.scrollIntoView({ block: "nearest" });
  return true;
}
