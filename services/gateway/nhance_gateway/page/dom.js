// Making and finding elements. Text only ever becomes text nodes.

export const find = (id) => document.getElementById(id);

/** A copy of a template; returns [its root, its named parts]. */
export function stamp(id) {
  const root = find(id).content.cloneNode(true);
  const holder = root.childElementCount === 1 ? root.firstElementChild : root;
  const parts = {};
  for (const part of root.querySelectorAll("[data-part]")) parts[part.dataset.part] = part;
  return [holder, parts];
}

/** An element with attributes and children; a function among the attributes is a listener. */
export function el(tag, attributes = {}, ...children) {
  return furnish(document.createElement(tag), attributes, children);
}

/** The same for SVG. */
export function svg(tag, attributes = {}, ...children) {
  return furnish(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

function furnish(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value !== false && value != null) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children);
  return element;
}

/** Set the text of an element if it differs, so that nothing is read out twice. */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Tell those who listen rather than look. */
export function announce(text) {
  find("announce").textContent = text;
}

/** Ask before something that can't be undone; the safe answer has the focus. */
export function confirmed({ title, text, yes, no }) {
  const dialog = find("confirm");
  say(find("confirm-title"), title);
  say(find("confirm-text"), text);
  say(find("confirm-yes"), yes);
  say(find("confirm-no"), no);
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}
