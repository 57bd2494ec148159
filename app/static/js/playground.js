// Tries what is typed after a short pause, keeps it in this tab alone, and puts functions into the expression.

const PAUSE = 350;
const form = document.querySelector("[data-try]");
const key = `playground:${form.dataset.draft}:${location.pathname}`;
const fields = () => [...form.elements].filter((field) => field.name && !["csrf_token", "tried", "xml", "decision"].includes(field.name));

let timer = null;
function soon(pause = PAUSE) {
  clearTimeout(timer);
  timer = setTimeout(() => window.htmx.trigger(form, "try"), pause);
}

function changed(event) {
  if (event?.isComposing || event?.target.name === "decision") return;
  const kept = fields().filter((field) => field.type !== "radio" || field.checked).map((field) => [field.name, field.value]);
  sessionStorage.setItem(key, JSON.stringify(kept));
  soon();
}

// On a slow line somebody types before this script is here: that is newer than what the tab kept.
const isTouched = (field) => field.type === "radio" ? field.checked !== field.defaultChecked
  : field.options ? field.selectedIndex !== Math.max([...field.options].findIndex((option) => option.defaultSelected), 0)
  : field.value !== field.defaultValue;

function restore() {
  if (fields().some(isTouched)) return changed();
  for (const [name, value] of JSON.parse(sessionStorage.getItem(key) ?? "[]")) {
    for (const field of fields()) {
      if (field.name !== name) continue;
      if (field.type === "radio") field.checked = field.value === value;
      else field.value = value;
    }
  }
  if (sessionStorage.getItem(key)) soon(0);
}

form.addEventListener("input", changed);
form.addEventListener("compositionend", changed);
form.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  soon(0);
});
form.addEventListener("submit", (event) => {
  if (event.submitter?.name === "change") return;
  event.preventDefault();
  soon(0);
});
form.querySelector("[data-clear]").addEventListener("click", () => {
  for (const field of fields()) if (field.type === "radio") field.checked = field.defaultChecked && field.value === "auto" || field.value === "auto"; else field.value = "";
  sessionStorage.removeItem(key);
  soon(0);
  fields()[0]?.focus();
});

const target = document.querySelector("[data-insert-here]");
for (const button of document.querySelectorAll("[data-insert]")) {
  button.addEventListener("click", () => {
    const { selectionStart: start, selectionEnd: end } = target;
    const inside = target.value.slice(start, end);
    target.setRangeText(`${button.dataset.insert}(${inside})`, start, end, "end");
    if (!inside) target.selectionStart = target.selectionEnd = target.selectionEnd - 1;
    target.focus();
    target.dispatchEvent(new Event("input", { bubbles: true }));
  });
}

const find = document.querySelector("[data-find]");
find?.addEventListener("input", () => {
  const wanted = find.value.trim().toLowerCase();
  for (const item of document.querySelectorAll("[data-function]")) item.hidden = !item.textContent.toLowerCase().includes(wanted);
  for (const group of document.querySelectorAll("[data-group]")) {
    group.hidden = !group.querySelector("[data-function]:not([hidden])");
    group.open = wanted !== "" && !group.hidden;
  }
  document.querySelector("[data-nothing]").hidden = Boolean(document.querySelector("[data-group]:not([hidden])"));
});

// The scripts of a page run before htmx has read it.
if (!form.hasAttribute("data-fixed")) addEventListener("DOMContentLoaded", restore);
