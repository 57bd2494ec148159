/** The page's words for what the browser itself has to say: the server writes them in the reader's language. */
const holder = document.getElementById("words");
const words = holder ? JSON.parse(holder.textContent) : {};

/** Return the text called `name` with `{places}` filled from `values`. */
export function say(name, values = {}) {
  return (words[name] ?? name).replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole);
}

/** Return an element `<tag class="…">text</tag>`. */
export function element(tag, className = "", text = "") {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text) node.textContent = text;
  return node;
}
