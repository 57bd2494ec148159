/** What is being typed is kept on the server every few seconds, so that nothing is lost with the page or the session. */
import { send } from "../base.js";
import { say } from "./words.js";

const PAUSE = 2500;

/** Keep `read()` at `url` whenever `touched()` was called; `note` tells how it stands. */
export class Draft {
  constructor(url, read, note) {
    Object.assign(this, { url, read, note, timer: null, isEnded: false });
    document.addEventListener("visibilitychange", () => { if (document.hidden) this.flush(); });
  }

  touched() {
    if (!this.url || this.isEnded) return;
    this.note.textContent = "";
    this.timer ??= setTimeout(() => this.flush(), PAUSE);
  }

  async flush() {
    if (this.timer === null || this.isEnded) return;
    clearTimeout(this.timer);
    this.timer = null;
    try {
      await send(this.url, { method: "PUT", body: { data: this.read() } });
      if (!this.isEnded) this.note.textContent = say("draftSaved", { time: new Date().toTimeString().slice(0, 5) });
    } catch {
      if (!this.isEnded) this.note.textContent = say("draftNotSaved");
    }
  }

  /** The form was handed in (or is dead): nothing more to keep. */
  end() {
    this.isEnded = true;
    clearTimeout(this.timer);
  }
}
