// The answer: the label, or why there is none, and the probabilities.

import { argMax, softmax } from "@seedling/trainer/browser";
import { byId, makeElement, makeQuoted, say } from "../../page/elements.js";
import { findChosen } from "./form.js";
import { facts } from "./packed-files.js";

/** Probabilities that are shown at once. */
const shown = 8;

const what = facts.classes ? "a text" : "a question and its options";
const invitation = `Type ${what}${facts.examples.length > 0 ? ", or choose an example" : ""}.`;

export function hideAnswer(instead = invitation) {
  byId("answer").hidden = true;
  byId("label").textContent = "";
  byId("status").hidden = false;
  say(instead);
}

const percent = (/** @type {number} */ p) => `${(100 * p).toFixed(1)}\u00a0%`;

/**
 * @param {import("./texts.js").UnlabelledExample} example
 * @param {import("./texts.js").Scored} scored
 * @param {number} milliseconds
 */
export function showAnswer(example, { scores, read }, milliseconds) {
  const { threshold } = facts;
  const { options } = example;
  byId("answer").hidden = false;
  byId("status").hidden = true;
  if (!scores.every(Number.isFinite)) {
    byId("label").textContent = "No label: the scores of this text are no numbers.";
    for (const id of ["notes", "first", "rest"]) byId(id).replaceChildren();
    return;
  }
  const probabilities = softmax(scores);
  const best = argMax(probabilities);
  const sure = probabilities[best] ?? 0;
  const isBelow = threshold !== null && sure < threshold.value;
  const name = makeQuoted("strong", isBelow ? "No label" : (options[best] ?? ""));
  byId("label").replaceChildren(name, isBelow ? "" : ` ${percent(sure)}`);
  byId("label").dataset.label = isBelow ? "" : (options[best] ?? "");
  byId("notes").replaceChildren(
    ...[
      isBelow &&
        `The most probable, ${options[best]}, has ${percent(sure)}. The threshold is ${percent(threshold.value)}: ${threshold.promise}.`,
      describeGold(isBelow ? null : (options[best] ?? "")),
      describeTruncation(read, example),
    ]
      .filter((note) => typeof note === "string")
      .map((note) => makeElement("p", {}, note)),
    makeElement("p", { class: "note" }, describeWork(read, milliseconds)),
  );
  const order = probabilities.map((_, at) => at);
  order.sort((a, b) => (probabilities[b] ?? 0) - (probabilities[a] ?? 0));
  const rows = order.map((at) => {
    const p = probabilities[at] ?? 0;
    return makeRow(options[at] ?? "", p, { isBest: at === best, isBelow });
  });
  // One further row takes the room of the line that hides it.
  const hidden = rows.length > shown + 1 ? rows.splice(shown) : [];
  byId("first").replaceChildren(...rows);
  byId("rest").replaceChildren(...hidden);
  byId("more").hidden = hidden.length === 0;
  const summary = byId("more").querySelector("summary");
  if (summary) summary.textContent = `${hidden.length} further labels`;
}

/**
 * @param {string} option
 * @param {number} p
 * @param {{ isBest: boolean, isBelow: boolean }} state
 */
function makeRow(option, p, { isBest, isBelow }) {
  const bar = makeElement("span", { class: "bar", "aria-hidden": "true" }, makeElement("i"));
  /** @type {HTMLElement} */ (bar.firstElementChild).style.width = `${100 * p}%`;
  if (isBest && facts.threshold) {
    const mark = makeElement("b");
    mark.style.left = `${100 * facts.threshold.value}%`;
    bar.append(mark);
  }
  return makeElement(
    "li",
    { class: isBest && !isBelow ? "chosen" : null },
    makeQuoted("span", option, { class: "name" }),
    makeElement("data", { class: "percent", value: p.toFixed(6) }, percent(p)),
    bar,
  );
}

/** @param {string | null} label */
function describeGold(label) {
  const chosen = findChosen();
  if (!chosen) return null;
  return label === chosen.label ? "The data has this label." : `The data has ${chosen.label}.`;
}

/**
 * @param {import("./texts.js").Read[][]} read
 * @param {import("./texts.js").UnlabelledExample} example
 */
function describeTruncation(read, { context, options }) {
  if (!read.flat().some(({ kept, tokens }) => kept < tokens)) return null;
  const cut = facts.classes
    ? []
    : read.flatMap((row, at) => (row.at(-1)?.cutsOption ? [options[at] ?? ""] : []));
  const where = context ? "the end of the context, then that of the text," : "its end";
  const longer =
    cut.length > 0 ? ` So is the end of what is longer than half of them: ${cut.join("; ")}.` : "";
  return `Longer than the ${facts.maxLength} tokens that are read: ${where} is left out.${longer}`;
}

/**
 * @param {import("./texts.js").Read[][]} read
 * @param {number} milliseconds
 */
function describeWork(read, milliseconds) {
  const tokens = read.flat().reduce((sum, { kept }) => sum + kept, 0);
  const mark = facts.threshold
    ? `; the mark is the threshold, ${percent(facts.threshold.value)}`
    : "";
  return `${tokens} tokens, ${Math.max(1, Math.round(milliseconds))} ms${mark}`;
}
