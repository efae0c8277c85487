// Elements of the page. Whatever a model wrote reaches it as text content alone.

/**
 * @template {Element} [T=HTMLElement]
 * @param {string} id
 */
export const byId = (id) => /** @type {T} */ (/** @type {unknown} */ (document.getElementById(id)));

/**
 * Makes an element.
 * @param {string} name
 * @param {Record<string, string | boolean | null>} attributes null or false: left out
 * @param {(Node | string | null)[]} children
 */
export function makeElement(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes))
    if (value !== null && value !== false) element.setAttribute(key, value === true ? "" : value);
  element.append(...children.filter((one) => one !== null));
  return element;
}

/**
 * A text that somebody else wrote: its direction stays its own.
 * @param {string} name
 * @param {string} text
 * @param {Record<string, string | boolean | null>} attributes
 */
export const makeQuoted = (name, text, attributes = {}) =>
  makeElement(name, { dir: "auto", ...attributes }, text);

/** @param {string} words */
export function say(words) {
  byId("status").textContent = words;
}
