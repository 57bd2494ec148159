// What every page does: send requests with the CSRF token, sign in again without leaving the page, show failures, "/" finds.

const texts = document.getElementById("texts").content;
const text = (name) => texts.querySelector(`[data-text="${name}"]`).textContent;
const token = () => document.querySelector('meta[name="csrf-token"]').content;

/** Show a notice above the content; `kind` is a Tabler colour: danger, warning, success, info. */
export function notice(message, kind = "danger") {
  const box = document.createElement("div");
  box.className = `alert alert-${kind} alert-dismissible`;
  box.setAttribute("role", "alert");
  box.textContent = message;
  const close = document.createElement("button");
  close.className = "btn-close";
  close.type = "button";
  close.setAttribute("aria-label", text("close"));
  close.addEventListener("click", () => box.remove());
  box.append(close);
  document.getElementById("notices").replaceChildren(box);
  box.scrollIntoView({ block: "nearest" });
}

/**
 * Send a request and return its answer's JSON (null when it has none).
 * An ended session is renewed by asking for the password, and the request is sent again.
 * Throws an Error with the server's words and, when the server gave one, `problem` (RFC 9457).
 */
export async function send(url, { method = "POST", body, background = false } = {}) {
  const answer = await fetchOnce(url, method, body, background);
  if (answer.status === 401 && !background && (await signInAgain())) return send(url, { method, body });
  if (answer.ok) return answer.status === 204 ? null : answer.json();
  const problem = await answer.json().catch(() => null);
  const failure = new Error(problem ? [problem.title, problem.detail].filter(Boolean).join(": ") : text("failed"));
  throw Object.assign(failure, { problem, status: answer.status });
}

async function fetchOnce(url, method, body, background) {
  const headers = { Accept: "application/json", "X-CSRFToken": token() };
  if (background) headers["X-Background"] = "1";
  const isForm = body instanceof FormData || body instanceof URLSearchParams;
  if (body !== undefined && !isForm) headers["Content-Type"] = "application/json";
  try {
    return await fetch(url, { method, headers, body: body === undefined || isForm ? body : JSON.stringify(body) });
  } catch {
    throw new Error(text("failed"));
  }
}

let asking = null;

/** Ask for the password; resolve to whether the person is signed in again. Several requests share one question. */
export function signInAgain() {
  asking ??= ask().finally(() => { asking = null; });
  return asking;
}

function ask() {
  const dialog = document.getElementById("sign-in");
  const form = dialog.querySelector("form");
  const alert = form.querySelector("[role=alert]");
  alert.hidden = true;
  form.password.value = "";
  dialog.showModal();
  return new Promise((resolve) => {
    const end = (signedIn) => { form.onsubmit = null; dialog.onclose = null; dialog.close(); resolve(signedIn); };
    form.querySelector("[data-cancel]").onclick = () => end(false);
    dialog.onclose = () => end(false);
    form.onsubmit = async (event) => {
      event.preventDefault();
      const answer = await fetchOnce("/login", "POST", new FormData(form), false);
      const body = await answer.json();
      if (answer.ok) {
        renewToken(body.csrf_token);
        return end(true);
      }
      alert.textContent = body.title;
      alert.hidden = false;
      form.password.select();
    };
  });
}

function renewToken(value) {
  document.querySelector('meta[name="csrf-token"]').content = value;
  for (const field of document.querySelectorAll('input[name="csrf_token"]')) field.value = value;
}

// htmx: the token goes along; a session that ended is renewed and the same element asks again; failures are shown.
document.addEventListener("htmx:configRequest", (event) => {
  event.detail.headers["X-CSRFToken"] = token();
  if (event.detail.elt.closest("[data-background]")) event.detail.headers["X-Background"] = "1";
});
document.addEventListener("htmx:responseError", async (event) => {
  const { xhr, elt, requestConfig } = event.detail;
  if (elt.closest("[data-background]")) return;
  if (xhr.status === 401 && (await signInAgain())) {
    window.htmx.ajax(requestConfig.verb, requestConfig.path, { source: elt, target: event.detail.target, values: requestConfig.parameters });
    return;
  }
  let problem = null;
  try { problem = JSON.parse(xhr.responseText); } catch { /* not ours: a proxy's page */ }
  notice(problem ? `${problem.title}. ${problem.detail}` : text("failed"));
});
document.addEventListener("htmx:sendError", () => notice(text("failed")));

// Enter never submits, and keys never act, while an input method composes.
document.addEventListener("keydown", (event) => {
  if (event.isComposing && event.key === "Enter") event.stopImmediatePropagation();
  const search = document.getElementById("search");
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  const wanted = (event.key === "/" && !typing) || (event.key === "k" && (event.ctrlKey || event.metaKey));
  if (!search || !wanted || event.isComposing) return;
  event.preventDefault();
  search.focus();
  search.select();
}, true);

// What a tab has kept of its own is nobody's after signing out.
document.addEventListener("submit", (event) => {
  if (event.target.matches('form[action="/logout"]')) sessionStorage.clear();
});

// A form that asks first names what is lost: data-confirm="…".
document.addEventListener("submit", (event) => {
  const question = event.submitter?.dataset.confirm ?? event.target.dataset.confirm;
  if (question && !window.confirm(question)) event.preventDefault();
});
