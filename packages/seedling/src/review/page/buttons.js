// Buttons with their keys.

import { makeElement, makeQuoted, say } from "../../page/elements.js";
import { enqueue } from "./requests.js";

/**
 * @param {string} label
 * @param {string} key
 * @param {() => unknown} act
 * @param {Record<string, string | boolean | null>} attributes
 */
export function makeButton(label, key, act, attributes = {}) {
  const made = makeElement(
    "button",
    { type: "button", "aria-keyshortcuts": key || null, ...attributes },
    ...(key ? [makeElement("kbd", { "aria-hidden": "true" }, key), " "] : []),
    makeQuoted("bdi", label),
  );
  made.addEventListener("click", () => enqueue(act));
  return made;
}

/**
 * The options as buttons with their keys; of more than nine, a field to type one in.
 * @param {string} name
 * @param {readonly string[]} options
 * @param {string | null} pressed
 * @param {(label: string) => unknown} pick
 */
export function drawLabels(name, options, pressed, pick) {
  const buttons = options.map((option, at) =>
    makeButton(option, at < 9 ? String(at + 1) : "", () => pick(option), {
      "aria-pressed": String(option === pressed),
    }),
  );
  const group = makeElement(
    "div",
    { role: "group", "aria-label": name, class: "labels" },
    ...buttons,
  );
  if (options.length <= 9) return group;
  const field = makeElement("input", {
    list: "options",
    autocomplete: "off",
    "aria-keyshortcuts": "l",
    class: "typed",
  });
  field.addEventListener("keydown", (event) => {
    const input = /** @type {HTMLInputElement} */ (field);
    if (event.key !== "Enter") return;
    event.preventDefault();
    if (options.includes(input.value)) enqueue(() => pick(input.value));
    else say(`Expected one of the ${options.length} labels, got ${input.value || "nothing"}`);
  });
  const known = options.map((option) => makeElement("option", { value: option }));
  return makeElement(
    "div",
    {},
    makeElement(
      "label",
      {},
      "Label, typed ",
      makeElement("kbd", { "aria-hidden": "true" }, "l"),
      " ",
      field,
    ),
    makeElement("datalist", { id: "options" }, ...known),
    group,
  );
}
