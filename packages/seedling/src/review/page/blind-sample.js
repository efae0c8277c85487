// The blind sample: examples without their labels, to be labelled.

/** @import { Blind } from "../protocol.ts" */

import { byId, makeElement, makeQuoted, say } from "../../page/elements.js";
import { drawLabels, makeButton } from "./buttons.js";
import { chosen, listBox, reload } from "./list.js";
import { drawProgress } from "./progress.js";
import { about, ask } from "./requests.js";

/** @type {Blind | null} */
export let asked = null;

export async function askBlind() {
  asked = await ask("blind", {});
  const place = byId("question");
  if (!asked) {
    place.replaceChildren(
      makeElement(
        "p",
        {},
        "The sample is labelled. For a larger one start the review again with a larger --sample.",
      ),
    );
    return;
  }
  const { place: at, of, question, context, options } = asked;
  const text = makeQuoted("p", question, { class: "question", tabindex: "-1" });
  place.replaceChildren(
    makeElement("p", { class: "note" }, `${at} of ${of}, drawn by chance: which label is right?`),
    text,
    ...(context === null ? [] : [makeQuoted("p", context, { class: "context" })]),
    drawLabels("Label", options, null, (label) => answer(label)),
    makeElement(
      "div",
      { class: "buttons" },
      makeButton("Cannot tell", "s", () => answer(null)),
    ),
  );
}

/** @param {string | null} label */
export async function answer(label) {
  if (!asked) return;
  const { id } = asked;
  const done = await ask("act", { id, act: { do: "answer", label } });
  if (!done) return;
  say(`${done.said}. u undoes it`);
  drawProgress(done.progress);
  await askBlind();
}

/** @param {boolean} isBlind */
export async function setMode(isBlind) {
  if (about.kind === "texts") return;
  byId("mode").setAttribute("aria-pressed", String(isBlind));
  byId("browse").hidden = isBlind;
  byId("blind").hidden = !isBlind;
  say("");
  if (isBlind) {
    return askBlind();
  }
  asked = null;
  await reload(chosen);
  listBox.focus();
}

export const isBlind = () => !byId("blind").hidden;
