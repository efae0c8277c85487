// What is typed.

import { byId } from "../../page/elements.js";
import { facts } from "./packed-files.js";

export const form = /** @type {HTMLFormElement} */ (byId("form"));

const fieldOf = (/** @type {string} */ name) =>
  /** @type {HTMLTextAreaElement | null} */ (form.querySelector(`[name=${name}]`));
const question = /** @type {HTMLTextAreaElement} */ (fieldOf("question"));
const context = fieldOf("context");
const options = document.querySelector("#options div");

/** @type {() => void} */
let changed = () => {};

/** @param {() => void} listener */
export function onChange(listener) {
  changed = listener;
  changed();
}

/** What is to be classified; null: there is no text, or fewer than two options. */
export function readExample() {
  const texts = [...(options?.querySelectorAll("input") ?? [])].map(({ value }) => value);
  const given = facts.classes ?? texts.filter((text) => text.trim() !== "");
  if (question.value.trim() === "" || given.length < 2) return null;
  return { question: question.value, context: context?.value || null, options: [...given] };
}

/** The example that was chosen, as long as nothing of it is changed. */
export function findChosen() {
  const typed = readExample();
  return facts.examples.find(
    (one) =>
      one.question === typed?.question &&
      one.context === typed.context &&
      (facts.classes !== null || one.options.join("\n") === typed.options.join("\n")),
  );
}

/** @param {readonly string[]} texts @returns the last field */
function addOptions(texts) {
  const number = options?.children.length ?? 0;
  const fields = texts.map((text, at) => {
    const field = document.createElement("input");
    field.type = "text";
    field.dir = "auto";
    field.ariaLabel = `Option ${number + at + 1}`;
    field.value = text;
    return field;
  });
  options?.append(...fields);
  return fields.at(-1);
}

addOptions(facts.classes ? [] : ["", ""]);
form.addEventListener("input", () => changed());
form.addEventListener("submit", (event) => event.preventDefault());
document.getElementById("add")?.addEventListener("click", () => {
  addOptions([""])?.focus();
});
for (const [at, button] of document.querySelectorAll("#examples button").entries())
  button.addEventListener("click", () => {
    const example = facts.examples[at];
    if (!example) return;
    question.value = example.question;
    if (context) context.value = example.context ?? "";
    options?.replaceChildren();
    addOptions(facts.classes ? [] : example.options);
    // On a narrow screen the examples stand below.
    form.scrollIntoView({ block: "nearest" });
    changed();
  });
