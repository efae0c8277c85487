// The review's own script, from which scripts/bundle.mjs makes one: keys, and what is drawn once.

import { byId, makeElement, say } from "../../page/elements.js";
import { answer, askBlind, asked, isBlind, setMode } from "./blind-sample.js";
import { act, detail, endEdit, isEditing, startEdit } from "./detail.js";
import { choose, chosen, filters, listBox, reload, rowAt, rowHeight, total } from "./list.js";
import { drawProgress } from "./progress.js";
import { about, ask, enqueue, openAbout } from "./requests.js";

const help = /** @type {HTMLDialogElement} */ (byId("help"));

async function undo() {
  const done = await ask("undo", {});
  if (!done) return;
  say(done.said);
  drawProgress(done.progress);
  if (isBlind()) return askBlind();
  const id = done.row?.id;
  await reload(chosen);
  // The one that was undone is mostly just before.
  for (const index of [chosen - 1, chosen, chosen + 1])
    if (id !== undefined && rowAt(index)?.id === id) return choose(index);
}

/** @param {string} key @returns {unknown} */
function press(key) {
  if (/^[1-9]$/.test(key)) {
    const options = isBlind() ? asked?.options : detail?.isWhole ? detail.options : undefined;
    const label = options?.[Number(key) - 1];
    if (label === undefined) return;
    return isBlind() ? answer(label) : act({ do: "label", label });
  }
  if (key === "u") return undo();
  if (key === "b") return setMode(!isBlind());
  if (key === "?") return help.showModal();
  if (key === "l")
    return /** @type {HTMLElement | null} */ (
      document.querySelector("main:not([hidden]) .typed")
    )?.focus();
  if (isBlind()) return key === "s" ? answer(null) : undefined;
  if (key === "a") return act({ do: "accept" });
  if (key === "d" || key === "Delete") return act({ do: "delete" });
  if (key === "e") return startEdit();
  const page = Math.max(1, Math.floor(listBox.clientHeight / rowHeight) - 1);
  const moves = /** @type {Record<string, number>} */ ({
    j: chosen + 1,
    ArrowDown: chosen + 1,
    k: chosen - 1,
    ArrowUp: chosen - 1,
    PageDown: chosen + page,
    PageUp: chosen - page,
    Home: 0,
    End: total - 1,
  });
  const to = moves[key];
  return to === undefined ? undefined : choose(to);
}

const pressed = /^(?:[1-9jkaedubls/?]|Delete)$/;
const moved = /^(?:Arrow(?:Up|Down)|Page(?:Up|Down)|Home|End)$/;

document.addEventListener("keydown", (event) => {
  const target = /** @type {HTMLElement} */ (event.target);
  if (event.ctrlKey || event.metaKey || event.altKey || help.open) return;
  if (event.key === "Escape" && target.closest("#detail textarea")) return enqueue(endEdit);
  const isLeft = event.key === "Escape" || (event.key === "Enter" && !target.closest(".typed"));
  if (isLeft && target.closest("input, select")) {
    // Escape would empty the search.
    event.preventDefault();
    return listBox.focus();
  }
  if (target.closest("input, select, textarea")) return;
  // Elsewhere these keys scroll the page.
  const isMove =
    moved.test(event.key) && (target === listBox || target === document.body) && !isBlind();
  if (!pressed.test(event.key) && !isMove) return;
  event.preventDefault();
  if (event.key === "/" && !isBlind()) {
    // At once: what is typed next is searched for.
    const search = filters.elements.namedItem("search");
    return /** @type {HTMLInputElement} */ (search).focus();
  }
  enqueue(() => press(event.key));
});

byId("mode").addEventListener("click", () => enqueue(() => setMode(!isBlind())));
byId("undo").addEventListener("click", () => enqueue(undo));
byId("keys").addEventListener("click", () => help.showModal());
byId("close").addEventListener("click", () => help.close());
// Another page of the same review may have gone on.
window.addEventListener("focus", () => {
  if (about && !isEditing && !isBlind()) enqueue(() => reload(chosen));
});

/** Adds what can be chosen to a field, or takes the field away where there is nothing. */
function fill(
  /** @type {string} */ name,
  /** @type {readonly (readonly [string, string])[]} */ options,
  isThere = options.length > 0,
) {
  const field = /** @type {HTMLElement} */ (filters.querySelector(`[data-field="${name}"]`));
  field.hidden = !isThere;
  field
    .querySelector("select")
    ?.append(...options.map(([value, text]) => makeElement("option", { value }, text)));
}

async function start() {
  const known = await openAbout();
  if (!known) return;
  const isText = about.kind === "texts";
  document.title = about.title;
  byId("title").textContent = about.title;
  byId("where").textContent = `Saved at once in ${about.where}`;
  byId("notice").textContent = about.notices.join(" ");
  byId("notice").hidden = about.notices.length === 0;
  byId("mode").hidden = isText;
  fill(
    "label",
    (about.labels ?? []).map((label) => /** @type {const} */ ([label, label])),
  );
  fill(
    "reason",
    about.reasons.map(([reason, n]) => /** @type {const} */ ([reason, `${reason} (${n})`])),
  );
  const depths = Array.from({ length: (about.depth ?? -1) + 1 }, (_, depth) => String(depth));
  fill(
    "depth",
    depths.map((depth) => /** @type {const} */ ([depth, depth])),
  );
  fill("agreement", [], about.hasAgreement);
  fill("order", [], about.hasAgreement);
  fill("from", [], about.reasons.length > 0);
  const states = filters.querySelector('[data-field="state"] select');
  if (isText)
    for (const value of ["changed", "deleted"]) states?.querySelector(`[value=${value}]`)?.remove();
  if (isText)
    /** @type {Element} */ (states?.querySelector("[value=accepted]")).textContent = "labelled";
  drawProgress(known.progress);
  /** @type {HTMLDetailsElement} */ (byId("more")).open = matchMedia("(min-width: 52rem)").matches;
  await reload(0);
  listBox.focus();
}

enqueue(start);
