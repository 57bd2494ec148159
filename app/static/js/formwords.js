/** form-js speaks English only: its messages, placeholders and calendar are put into the page's language here. */
import { say } from "./words.js";

const MESSAGES = [
  [/^Field is required/, "required"],
  [/^Field must have minimum value of (.*)\.$/, "min", "min"],
  [/^Field must have maximum value of (.*)\.$/, "max", "max"],
  [/^Field must have minimum length of (.*)\.$/, "min_length", "min"],
  [/^Field must have maximum length of (.*)\.$/, "max_length", "max"],
  [/^Field must match pattern/, "pattern"],
  [/^Field must be a valid\s+international phone/, "phone"],
  [/^Field must be a valid email/, "email"],
  [/^Value is not a number|^Value is expected to be an integer/, "number"],
];
const PLACES = { Search: "search", Select: "select", "No results": "noResults", "All values selected": "allSelected" };
const HINTS = { "^Remove list item (.*)$": "removeRow", "^Click to sort by (.*) (?:a|de)scending$": "sortBy" };

function translate(message) {
  for (const [pattern, name, place] of MESSAGES) {
    const match = pattern.exec(message);
    if (match) return say(name, place ? { [place]: match[1] } : {});
  }
  return message;
}

function SpokenValidator(validator) {
  const validate = validator.validateFieldInstance.bind(validator);
  validator.validateFieldInstance = (instance, value) => validate(instance, value).map(translate);
}
SpokenValidator.$inject = ["validator"];

/** The module that makes form-js's own validation speak the page's language. */
export const spokenValidation = { __init__: ["spokenValidator"], spokenValidator: ["type", SpokenValidator] };

function speakCalendar(input) {
  const calendar = input._flatpickr;
  if (!calendar || calendar.isSpoken) return;
  calendar.isSpoken = true;
  calendar.set("dateFormat", "Y-m-d");
  input.placeholder = say("datePlaceholder");
  const months = say("months").split(",");
  const weekdays = say("weekdays").split(",");
  calendar.set("locale", {
    firstDayOfWeek: 1, months: { longhand: months, shorthand: months },
    weekdays: { longhand: weekdays, shorthand: weekdays },
  });
  if (calendar.selectedDates.length) calendar.setDate(calendar.selectedDates, false);
}

function speakHints(root, pattern, name) {
  for (const node of root.querySelectorAll("[aria-label]")) {
    const match = pattern.exec(node.getAttribute("aria-label"));
    if (match) node.setAttribute("aria-label", say(name, { which: match[1] }));
  }
}

function speak(root) {
  for (const input of root.querySelectorAll("input[placeholder]")) {
    if (PLACES[input.placeholder]) input.placeholder = say(PLACES[input.placeholder]);
  }
  for (const node of root.querySelectorAll(".fjs-dropdownlist-empty, .fjs-select-display")) {
    // The text node itself stays: form-js writes into it again.
    if (PLACES[node.textContent] && node.firstChild) node.firstChild.data = say(PLACES[node.textContent]);
  }
  for (const button of root.querySelectorAll(".fjs-repeat-render-add")) {
    if (/Add new/.test(button.lastChild.data)) button.lastChild.data = ` ${say("addRow")}`;
  }
  for (const [pattern, name] of Object.entries(HINTS)) speakHints(root, new RegExp(pattern), name);
  root.querySelectorAll(".flatpickr-input").forEach(speakCalendar);
}

/** Keep everything below `root` in the page's language, whatever form-js draws anew. */
export function keepSpeaking(root) {
  let isPlanned = false;
  const observer = new MutationObserver(() => {
    if (isPlanned) return;
    isPlanned = true;
    requestAnimationFrame(() => { isPlanned = false; speak(root); });
  });
  observer.observe(root, { childList: true, subtree: true, characterData: true });
  speak(root);
}
