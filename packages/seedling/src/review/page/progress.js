// How far the review is.

/** @import { Progress } from "../protocol.ts" */

import { byId, makeElement, makeQuoted } from "../../page/elements.js";
import { about } from "./requests.js";

/** @param {Progress} progress */
export function drawProgress({
  total,
  reviewed,
  changed,
  deleted,
  added,
  accuracy,
  byLabel,
  skipped,
}) {
  const isText = about.kind === "texts";
  const percent = (/** @type {number} */ one) => (100 * one).toFixed(1);
  const measured = (/** @type {NonNullable<Progress["accuracy"]>} */ { n, right, low, high }) =>
    `${right} of ${n}, ${percent(right / n)} % (${percent(low)} to ${percent(high)})`;
  byId("progress").textContent = isText
    ? `${reviewed} of ${total} labelled`
    : [
        `${reviewed} of ${total} reviewed`,
        `${changed} changed`,
        `${deleted} deleted`,
        `${added} taken in`,
        accuracy ? `labels right: ${measured(accuracy)}` : "label accuracy: not measured yet",
      ].join(" · ");
  byId("accuracy").replaceChildren(
    makeElement("h2", {}, "Label accuracy"),
    accuracy
      ? makeElement(
          "dl",
          {},
          ...[/** @type {const} */ (["all", accuracy]), ...byLabel].flatMap(([label, one]) => [
            makeQuoted("dt", label),
            makeElement("dd", {}, measured(one)),
          ]),
        )
      : makeElement("p", {}, "Nothing is answered yet."),
    makeElement(
      "p",
      { class: "note" },
      `${skipped > 0 ? `${skipped} skipped, counted nowhere above. ` : ""}A random sample of this creation's kept examples, by created label; in brackets Clopper and Pearson's exact 95 % interval. It says nothing about another task, setting, seed or model.`,
    ),
  );
}
