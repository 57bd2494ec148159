/** What every page with a task or a case needs: forms, diagrams, copying the number, keys. */
import { notice } from "../base.js";
import { mountDiagrams } from "./diagram.js";
import { tooLarge } from "./files.js";
import { mountForms } from "./form.js";
import "./keys.js";
import { watchRevealed } from "./reveal.js";
import { say } from "./words.js";

function mount(root) {
  mountForms(root);
  mountDiagrams(root);
  watchRevealed(root);
}

mount(document);
document.body.addEventListener("htmx:load", (event) => mount(event.detail.elt.parentElement ?? document));

// After a comment or an upload the page comes back to the tab that it was sent from.
const tab = location.hash.startsWith("#pane-") ? document.getElementById(location.hash.replace("#pane-", "tab-")) : null;
if (tab) addEventListener("load", () => { tab.click(); tab.scrollIntoView({ block: "nearest" }); });

document.addEventListener("click", async (event) => {
  const copy = event.target.closest("[data-copy]");
  if (copy) {
    await navigator.clipboard.writeText(copy.dataset.copy);
    copy.setAttribute("data-copied", say("copied"));
    setTimeout(() => copy.removeAttribute("data-copied"), 1500);
  }
});

document.addEventListener("change", (event) => {
  const chooser = event.target.closest("[data-submit-on-change]");
  if (chooser) chooser.form.requestSubmit();
});

document.addEventListener("submit", (event) => {
  const problem = tooLarge(event.target.querySelector?.("[data-max-file]"));
  if (!problem) return;
  event.preventDefault();
  notice(problem);
});

document.addEventListener("ct:done", (event) => {
  if (!event.detail.handled) location.assign(event.detail.next);
});
