/** A task's or a process's form: drawn by form-js, sent as JSON, refusals shown beside the fields and summed up on top. */
import { send } from "../base.js";
import { Draft } from "./draft.js";
import { tooLarge } from "./files.js";
import { keepSpeaking, spokenValidation } from "./formwords.js";
import { element, say } from "./words.js";

/** Draw every `[data-form]` below `root`. */
export function mountForms(root) {
  for (const place of root.querySelectorAll("[data-form]:not([data-mounted])")) {
    place.dataset.mounted = "";
    new CaseForm(place).draw();
  }
}

class CaseForm {
  constructor(place) {
    this.place = place;
    this.config = JSON.parse(document.getElementById(place.dataset.form).textContent);
    this.frame = place.closest("[data-form-frame]");
    this.notice = this.frame.querySelector("[data-form-notice]");
    this.button = this.frame.querySelector("[data-form-submit]");
    // Kept at each key: what waits to be kept is lost when the form is drawn anew meanwhile.
    this.form = new FormViewer.Form({ container: place, additionalModules: [spokenValidation], debounce: false });
    // _getSubmitData is what submit() would send, without validating: drafts may be wrong.
    this.draft = new Draft(this.config.draft, () => this.form._getSubmitData(), this.frame.querySelector("[data-draft-note]"));
  }

  async draw() {
    try {
      await this.form.importSchema(this.config.schema, this.config.data);
    } catch (problem) {
      return this.show("danger", say("formUnusable"), problem.message);
    }
    if (this.config.isReadOnly) this.form.setProperty("readOnly", true);
    keepSpeaking(this.place);
    this.form.on("field.updated", () => this.draft.touched());
    this.place.addEventListener("keydown", (event) => this.guardEnter(event), true);
    // form-js draws a <form> of its own; only our button, outside of it, hands in.
    this.place.addEventListener("submit", (event) => { event.preventDefault(); event.stopPropagation(); }, true);
    this.frame.addEventListener("ct:submit", () => this.submit());
    this.button?.addEventListener("click", () => this.submit());
    if (this.button) this.button.disabled = false;
    this.place.dispatchEvent(new CustomEvent("ct:drawn", { bubbles: true }));
  }

  /** Enter neither ends a composition nor hands in the form from within a line of text. */
  guardEnter(event) {
    if (event.key !== "Enter" || event.ctrlKey || event.metaKey) return;
    if (event.isComposing || event.keyCode === 229) event.stopPropagation();
    else if (event.target.matches("input[type=text]:not([role=combobox])") && !event.target._flatpickr) {
      if (!event.target.closest(".fjs-form-field-select, .fjs-form-field-taglist, .fjs-form-field-datetime")) event.preventDefault();
    }
  }

  fields() {
    return this.form.get("formFieldRegistry").getAll();
  }

  inputOf(field) {
    return this.place.querySelector(`[id^="fjs-form-"][id$="-${CSS.escape(field.id)}"], [id^="fjs-form-"][id*="-${CSS.escape(field.id)}-"]`);
  }

  labelOf(field) {
    return field.label || field.dateLabel || field.timeLabel || field.key;
  }

  async submit() {
    if (this.isBusy) return;
    const { data, errors } = this.form.submit();
    if (Object.keys(errors).length) return this.showErrors(errors);
    const problem = tooLarge(this.frame.querySelector("[data-files]"));
    if (problem) return this.show("danger", problem, say("typedKept"));
    this.setBusy(true);
    try {
      const answer = await send(this.config.submit, { body: this.bodyOf(data) });
      this.draft.end();
      this.place.dispatchEvent(new CustomEvent("ct:done", { bubbles: true, detail: answer }));
    } catch (problem) {
      this.setBusy(false);
      this.showProblem(problem);
    }
  }

  /** JSON; with files chosen beside the form, a multipart form that carries the same JSON. */
  bodyOf(data) {
    const files = [...(this.frame.querySelector("[data-files]")?.files ?? [])];
    const said = this.reason ? { duplicate_reason: this.reason } : {};
    if (!files.length) return { data, ...said };
    const body = new FormData();
    body.append("data", JSON.stringify(data));
    for (const [name, value] of Object.entries(said)) body.append(name, value);
    files.forEach((file) => body.append("files", file, file.name));
    return body;
  }

  setBusy(isBusy) {
    this.isBusy = isBusy;
    this.button.disabled = isBusy;
    this.button.classList.toggle("btn-loading", isBusy);
    this.button.setAttribute("aria-busy", String(isBusy));
  }

  showProblem({ message, problem, status }) {
    if (!problem) return this.show("danger", message, say("typedKept"));
    if (problem.errors) return this.showServerErrors(problem.errors);
    if (problem.code === "case_duplicate") return this.showDuplicate(problem);
    if (status === 409) return this.showConflict(problem);
    this.show("danger", problem.title, `${problem.detail} ${say("typedKept")}`);
  }

  /** The server's codes by field key → form-js's errors by field id; what has no field goes to the summary alone. */
  showServerErrors(byKey) {
    const errors = {};
    const loose = [];
    for (const [key, problems] of Object.entries(byKey)) {
      const texts = problems.map((problem) => problem.message ?? say(problem.code, problem));
      const field = this.fields().find((each) => each.key === key);
      if (field) errors[field.id] = texts;
      else loose.push(...texts.map((text) => `${key}: ${text}`));
    }
    // form-js offers no public way to show errors that it did not find itself.
    this.form._setState({ errors });
    this.showErrors(errors, loose);
  }

  showErrors(errors, loose = []) {
    const list = element("ul", "mb-0 mt-1");
    for (const field of this.fields().filter((each) => errors[each.id])) {
      const link = element("a", "alert-link", this.labelOf(field));
      link.href = `#${this.inputOf(field)?.id ?? ""}`;
      link.addEventListener("click", (event) => { event.preventDefault(); this.inputOf(field)?.focus(); });
      const line = element("li");
      line.append(link, `: ${[errors[field.id]].flat(2).join(" ")}`);
      list.append(line);
    }
    for (const text of loose) list.append(element("li", "", text));
    this.show("danger", say("correct"), "", list);
    const first = this.fields().find((each) => errors[each.id]);
    if (first) this.inputOf(first)?.focus({ preventScroll: true });
  }

  /** Somebody was first: say who, and keep what was typed at hand. */
  showConflict(problem) {
    this.draft.end();
    const typed = this.typedText();
    const rest = element("div", "mt-2");
    if (typed) {
      const copy = element("button", "btn btn-sm", say("copyTyped"));
      copy.type = "button";
      copy.addEventListener("click", async () => {
        await navigator.clipboard.writeText(typed);
        copy.textContent = say("copied");
      });
      rest.append(element("div", "mb-1", say("typedBelow")), element("pre", "typed-text mb-2", typed), copy, " ");
    }
    const look = element("a", "btn btn-sm", say("lookAgain"));
    look.href = location.href;
    rest.append(look);
    this.show("warning", problem.title, problem.detail, rest);
    this.button.disabled = problem.code === "task_not_open";
  }

  /** There is such a case already: lead to it, and where the process allows it let the clerk go on for a reason. */
  showDuplicate(problem) {
    const rest = element("div", "mt-2");
    if (problem.href) {
      const look = element("a", "btn", say("openCase", { number: problem.case }));
      look.href = problem.href;
      look.target = "_blank";
      rest.append(look);
    }
    if (problem.may_go_on) {
      const label = element("label", "form-label mt-2", say("whyAgain"));
      const reason = element("input", "form-control");
      label.htmlFor = reason.id = "duplicate-reason";
      reason.maxLength = 500;
      const go = element("button", "btn mt-2", say("registerAnyway"));
      go.type = "button";
      go.addEventListener("click", () => {
        this.reason = reason.value.trim();
        if (this.reason) this.submit();
        else reason.focus();
      });
      rest.append(label, reason, go);
    }
    this.reason = "";
    this.show("warning", problem.title, `${problem.detail} ${say("typedKept")}`, rest);
  }

  /** What stands in the form now, as lines that can be pasted anywhere. */
  typedText() {
    const data = this.form._getSubmitData();
    return this.fields().filter((field) => field.key && isFilled(data[field.key]))
      .map((field) => `${this.labelOf(field)}: ${[data[field.key]].flat().map((value) => this.wordOf(field, value)).join(", ")}`)
      .join("\n");
  }

  /** What people call a value: its option's label, or the value itself. */
  wordOf(field, value) {
    const options = field.values ?? this.config.data[field.valuesKey] ?? [];
    return options.find((option) => option.value === value)?.label ?? value;
  }

  show(kind, title, text, rest = null) {
    const box = element("div", `alert alert-${kind} mb-3`);
    box.setAttribute("role", "alert");
    box.tabIndex = -1;
    box.append(element("div", "alert-title fw-bold", title));
    if (text) box.append(element("div", "", text));
    if (rest) box.append(rest);
    this.notice.replaceChildren(box);
    box.scrollIntoView({ block: "nearest" });
    box.focus({ preventScroll: true });
  }
}

function isFilled(value) {
  return value !== null && value !== undefined && value !== "" && value !== false && !(Array.isArray(value) && !value.length);
}
