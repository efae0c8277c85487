// The chosen example, and what is done to it.

/** @import { Act, Detail } from "../protocol.ts" */

import { byId, makeElement, makeQuoted, say } from "../../page/elements.js";
import { isBlind } from "./blind-sample.js";
import { drawLabels, makeButton } from "./buttons.js";
import { choose, chosen, listBox, nameState, onChoice, refresh, reload, rowAt } from "./list.js";
import { drawProgress } from "./progress.js";
import { ask, doFirst, enqueue } from "./requests.js";

/** @type {Detail | null} */
export let detail = null;
export let isEditing = false;

onChoice((found) => {
  isEditing = false;
  detail = found;
  const hadFocus = byId("detail").contains(document.activeElement);
  drawDetail();
  if (hadFocus) listBox.focus();
});

function drawDetail() {
  const place = byId("detail");
  if (!detail)
    return place.replaceChildren(makeElement("p", { class: "note" }, "Nothing is listed."));
  const {
    question,
    context,
    from,
    number,
    depth,
    notes,
    created,
    label,
    reason,
    isWhole,
    agreement,
  } = detail;
  const isText = from === "text";
  const facts = [
    isText ? `text ${number}` : `line ${number} of ${from}.jsonl`,
    depth === null ? null : `depth ${depth}`,
    reason && `rejected: ${reason}`,
    agreement,
    detail.state === "open" ? "open" : nameState(detail),
  ].filter(Boolean);
  const changed =
    created !== null && created !== label && !isText
      ? [makeElement("p", { class: "note" }, "Created as ", makeQuoted("b", created), ".")]
      : [];
  const actions = [
    ...(isText || !isWhole
      ? []
      : [
          makeButton(from === "rejected" ? "Take in" : "Accept", "a", () => act({ do: "accept" })),
          makeButton("Edit", "e", startEdit),
        ]),
    makeButton(isText ? "Remove label" : from === "rejected" ? "Leave out" : "Delete", "d", () =>
      act({ do: "delete" }),
    ),
  ];
  place.replaceChildren(
    makeElement("p", { class: "note" }, facts.join(" · ")),
    ...(isEditing
      ? [drawField("question", question), drawField("context", context ?? "")]
      : [
          makeQuoted("p", question, { class: "question" }),
          ...(context === null ? [] : [makeQuoted("p", context, { class: "context" })]),
        ]),
    ...(isWhole
      ? [drawLabels("Label", detail.options, label, (one) => act({ do: "label", label: one }))]
      : []),
    ...changed,
    makeElement(
      "div",
      { class: "buttons" },
      ...(isEditing ? [makeButton("Done", "", endEdit)] : actions),
    ),
    ...notes.map((note) => makeQuoted("p", note, { class: "note" })),
  );
}

/**
 * A text that is saved as it is typed.
 * @param {"question" | "context"} name
 * @param {string} text
 */
function drawField(name, text) {
  const area = /** @type {HTMLTextAreaElement} */ (
    makeElement("textarea", { name, rows: "5", dir: "auto" })
  );
  area.value = text;
  area.addEventListener("input", saveSoon);
  return makeElement(
    "label",
    { class: "edited" },
    name === "question" ? "Question " : "Context ",
    area,
  );
}

/** @type {number | undefined} */
let timer;
function saveSoon() {
  clearTimeout(timer);
  timer = setTimeout(() => enqueue(() => {}), 400);
}

async function save() {
  clearTimeout(timer);
  timer = undefined;
  const read = (/** @type {string} */ name) =>
    byId("detail").querySelector(`textarea[name=${name}]`);
  const question = /** @type {HTMLTextAreaElement | null} */ (read("question"));
  const context = /** @type {HTMLTextAreaElement | null} */ (read("context"));
  if (!detail || !question || !context) return;
  const { id } = detail;
  const value = { question: question.value, context: context.value || null };
  const done = await ask("act", { id, act: { do: "edit", ...value } });
  if (!done) return;
  say(done.said);
  drawProgress(done.progress);
  if (detail?.id === id && done.row) detail = done.row;
}

export function startEdit() {
  if (!detail?.isWhole || detail.from === "text") return;
  isEditing = true;
  drawDetail();
  /** @type {HTMLElement | null} */ (byId("detail").querySelector("textarea"))?.focus();
}

export async function endEdit() {
  isEditing = false;
  listBox.focus();
  await reload(chosen);
}

/** What is still to be saved of a text comes before anything else. */
async function saveRest() {
  if (timer !== undefined) await save();
}
doFirst(saveRest);
window.addEventListener("pagehide", saveRest);

/** Does something to the chosen example, and goes on to the next. @param {Act} what */
export async function act(what) {
  if (!detail) return;
  if ((what.do === "accept" && (detail.from === "text" || !detail.isWhole)) || isBlind()) return;
  const { id } = detail;
  const done = await ask("act", { id, act: what });
  if (!done) return;
  say(`${done.said}. u undoes it`);
  drawProgress(done.progress);
  await refresh(chosen);
  // By a filter it may be gone, and the next one be in its place.
  await choose(rowAt(chosen)?.id === id ? chosen + 1 : chosen);
}
