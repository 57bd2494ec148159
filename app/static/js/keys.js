/** The keyboard: j k move, Enter opens, c claims, Ctrl Enter hands in, / searches, g h goes home, g i to the inbox, ? shows this. */
import { element, say } from "./words.js";
import { move } from "./inbox.js";

const KEYS = [["j", "keyDown"], ["k", "keyUp"], ["Enter", "keyOpen"], ["c", "keyClaim"], ["Ctrl Enter", "keySubmit"],
  ["/", "keySearch"], ["g h", "keyHome"], ["g i", "keyInbox"], ["?", "keyHelp"]];
let isGoing = false;

const isTyping = (target) => target.closest?.("input, textarea, select, [contenteditable], dialog, .ts-control") !== null;

document.addEventListener("keydown", (event) => {
  if (event.isComposing || event.keyCode === 229) return;
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) return submit(event);
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  const act = isGoing ? { i: goToInbox, h: goHome }[event.key] : ACTS[event.key];
  isGoing = !isGoing && event.key === "g";
  if (act && act() !== false) event.preventDefault();
});

function submit(event) {
  const frame = event.target.closest?.("[data-form-frame]") ?? document.querySelector("[data-form-frame]");
  if (!frame) return;
  event.preventDefault();
  document.activeElement.blur?.();
  frame.dispatchEvent(new CustomEvent("ct:submit"));
}

function goHome() {
  location.assign("/");
}

function goToInbox() {
  location.assign("/inbox");
}

function search() {
  const field = document.querySelector("[data-search]") ?? document.querySelector("input[type=search]");
  if (!field) return false;
  field.focus();
  field.select();
}

function claim() {
  const button = document.querySelector("[data-claim]");
  if (!button) return false;
  button.click();
}

function help() {
  document.getElementById("keys")?.remove();
  const dialog = element("dialog", "keys-dialog");
  dialog.id = "keys";
  const table = element("dl", "keys-list");
  KEYS.forEach(([key, word]) => {
    const term = element("dt");
    key.split(" ").forEach((part) => term.append(element("kbd", "", part), " "));
    table.append(term, element("dd", "", say(word)));
  });
  const close = element("button", "btn btn-primary mt-3", say("close"));
  close.type = "button";
  close.addEventListener("click", () => dialog.close());
  const title = element("h2", "h3", say("keys"));
  title.id = "keys-title";
  dialog.setAttribute("aria-labelledby", title.id);
  dialog.append(title, table, close);
  document.body.append(dialog);
  dialog.showModal();
}

const ACTS = { j: () => move(1), k: () => move(-1), c: claim, "/": search, "?": help };
