// The list: lines are asked for as they come into sight.

/** @import { Detail, Filter, Summary } from "../protocol.ts" */

import { byId, makeElement, makeQuoted } from "../../page/elements.js";
import { ask, enqueue } from "./requests.js";

/** Height of a line of the list, as in the style. */
export const rowHeight = 60;
/** Lines that are asked for at once. */
const chunk = 100;
/** Lines that are shown at most: browsers draw no higher element. */
const mostRows = 250_000;

/** How many lines, those that have come by number of their chunk, and the chosen one. */
export let total = 0;
/** @type {Map<number, Summary[] | null>} */
let chunks = new Map();
export let chosen = 0;
/** Counts changes of the list: an answer to an older question is dropped. */
let version = 0;

export const listBox = byId("list");
const rows = byId("rows");
export const filters = /** @type {HTMLFormElement} */ (byId("filters"));

/** @type {(found: Detail | null) => void} */
let show = () => {};

/** @param {(found: Detail | null) => void} task shows the chosen example; null: nothing is listed */
export function onChoice(task) {
  show = task;
}

/** @returns {Filter} */
function readFilter() {
  const fields = new FormData(filters);
  const value = (/** @type {string} */ name) => String(fields.get(name) ?? "");
  return /** @type {any} */ (
    Object.fromEntries(
      ["search", "from", "label", "reason", "agreement", "depth", "state", "order"].map((name) => [
        name,
        value(name),
      ]),
    )
  );
}

/** @param {number} number of the chunk */
async function load(number) {
  const asked = version;
  chunks.set(number, null);
  const found = await ask("list", { filter: readFilter(), offset: number * chunk, limit: chunk });
  if (asked !== version || !found) return;
  chunks.set(number, found.rows);
  total = Math.min(found.total, mostRows);
  const more =
    found.total > mostRows
      ? `, of which the first ${mostRows.toLocaleString("en")} are listed`
      : "";
  byId("count").textContent = `${found.total.toLocaleString("en")} listed${more}`;
  draw();
}

/** Asks for the list anew. @param {number} at a line that is needed first */
export async function refresh(at) {
  version += 1;
  chunks = new Map();
  await load(Math.floor(Math.max(0, Math.min(at, mostRows)) / chunk));
}

/** Asks for the list anew, and chooses a line. @param {number} at */
export async function reload(at) {
  await refresh(at);
  if (at > 0 && at >= total) return choose(Math.max(0, total - 1));
  return choose(at);
}

/** @param {number} index */
export const rowAt = (index) => chunks.get(Math.floor(index / chunk))?.[index % chunk];

/** Draws the lines that are seen, and a few around them. */
function draw() {
  rows.style.height = `${total * rowHeight}px`;
  const first = Math.max(0, Math.floor(listBox.scrollTop / rowHeight) - 5);
  const last = Math.min(
    total,
    Math.ceil((listBox.scrollTop + listBox.clientHeight) / rowHeight) + 5,
  );
  const drawn = [];
  for (let index = first; index < last; index++) {
    const number = Math.floor(index / chunk);
    if (!chunks.has(number)) void load(number);
    drawn.push(drawRow(index, rowAt(index)));
  }
  rows.replaceChildren(...drawn);
  const active = rows.querySelector('[aria-selected="true"]');
  if (active) listBox.setAttribute("aria-activedescendant", active.id);
  else listBox.removeAttribute("aria-activedescendant");
}

/**
 * @param {number} index
 * @param {Summary | undefined} row
 */
function drawRow(index, row) {
  const line = makeElement("div", {
    role: "option",
    id: `row-${index}`,
    class: "row",
    "aria-selected": String(index === chosen),
    "aria-setsize": String(total),
    "aria-posinset": String(index + 1),
    "data-state": row?.state ?? null,
    "data-from": row?.from ?? null,
  });
  line.style.top = `${index * rowHeight}px`;
  if (row)
    line.append(
      makeQuoted("div", row.question, { class: "text" }),
      makeElement(
        "div",
        { class: "facts" },
        row.reason ? makeElement("span", { class: "reason" }, row.reason) : null,
        row.label === null ? null : makeQuoted("span", row.label, { class: "label" }),
        row.state === "open" ? null : makeElement("span", { class: "state" }, nameState(row)),
        row.agreement ? makeElement("span", {}, row.agreement) : null,
      ),
    );
  line.addEventListener("click", () => enqueue(() => choose(index)));
  return line;
}

/** @param {Pick<Summary, "state" | "from">} row */
export function nameState({ state, from }) {
  if (from === "text") return "labelled";
  if (from === "rejected") return state === "deleted" ? "stays rejected" : `taken in, ${state}`;
  return state;
}

/** Chooses a line, and shows its example. @param {number} index */
export async function choose(index) {
  chosen = Math.max(0, Math.min(index, total - 1));
  const top = chosen * rowHeight;
  if (top < listBox.scrollTop) listBox.scrollTop = top;
  else if (top + rowHeight > listBox.scrollTop + listBox.clientHeight)
    listBox.scrollTop = top + rowHeight - listBox.clientHeight;
  const number = Math.floor(chosen / chunk);
  if (total > 0 && !chunks.get(number)) await load(number);
  draw();
  const row = rowAt(chosen);
  const shown = version;
  const found = row ? await ask("row", { id: row.id }) : null;
  if (shown !== version || rowAt(chosen) !== row) return;
  show(found);
}

let isDrawing = false;
listBox.addEventListener("scroll", () => {
  if (isDrawing) return;
  isDrawing = true;
  requestAnimationFrame(() => {
    isDrawing = false;
    draw();
  });
});
new ResizeObserver(draw).observe(listBox);
filters.addEventListener("submit", (event) => event.preventDefault());
let typing = 0;
filters.addEventListener("input", () => {
  clearTimeout(typing);
  typing = setTimeout(() => {
    listBox.scrollTop = 0;
    enqueue(() => reload(0));
  }, 150);
});
