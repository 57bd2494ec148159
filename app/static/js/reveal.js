/** Masked values: the eye asks for the reason in place, and what is shown is masked again when its time is over. */

document.addEventListener("click", (event) => {
  const eye = event.target.closest("[data-reveal]");
  const dialog = eye && document.getElementById(eye.dataset.reveal);
  if (dialog) {
    event.preventDefault();
    dialog.showModal();
  }
  event.target.closest("[data-close]")?.closest("dialog")?.close();
});

// Own words are needed where none of the ready reasons fits.
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-reason-choice]")) event.target.form.words.required = event.target.value === "";
});

document.addEventListener("htmx:afterRequest", (event) => event.target.closest?.("dialog[id^=reveal-]")?.close());

/** Mask again what is shown below `root`, each value in its time; a page that comes back late does so at once. */
export function watchRevealed(root) {
  for (const value of root.querySelectorAll("[data-masked-after]:not([data-ends])")) {
    value.dataset.ends = Date.now() + Number(value.dataset.maskedAfter) * 1000;
    setTimeout(maskAgain, Number(value.dataset.maskedAfter) * 1000 + 50);
  }
}

function maskAgain() {
  for (const value of document.querySelectorAll("[data-ends]")) {
    if (Date.now() < Number(value.dataset.ends)) continue;
    value.parentElement.querySelector("[data-until]")?.remove();
    value.textContent = value.dataset.masked;
    value.className = "masked";
    delete value.dataset.ends;
    delete value.dataset.maskedAfter;
  }
}
for (const comes of ["visibilitychange", "pageshow", "focus"]) addEventListener(comes, maskAgain, true);
