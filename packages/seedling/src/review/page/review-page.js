// The review's own script, inlined as it is. Whatever a model wrote reaches the page as text content alone.

/** @import { About, Act, Blind, Calls, Detail, Filter, Progress, Summary } from "../protocol.ts" */

/** Height of a line of the list, as in the style. */
const rowHeight = 60;
/** Lines that are asked for at once. */
const chunk = 100;
/** Lines that are shown at most: browsers draw no higher element. */
const mostRows = 250_000;

/** @type {About} */
let about;
/** The list: how many lines, those that have come by number of their chunk, and the chosen line. */
let total = 0;
/** @type {Map<number, Summary[] | null>} */
let chunks = new Map();
let chosen = 0;
/** Counts changes of the list: an answer to an older question is dropped. */
let version = 0;
/** @type {Detail | null} */
let detail = null;
let isEditing = false;
/** @type {Blind | null} */
let asked = null;

/**
 * @template {Element} [T=HTMLElement]
 * @param {string} id
 */
const get = (id) => /** @type {T} */ (/** @type {unknown} */ (document.getElementById(id)));
const list = get("list");
const rows = get("rows");
const filters = /** @type {HTMLFormElement} */ (get("filters"));
const help = /** @type {HTMLDialogElement} */ (get("help"));

/**
 * Asks the process.
 * @template {keyof Calls} Name
 * @param {Name} name
 * @param {Parameters<Calls[Name]>[0]} body
 * @returns {Promise<ReturnType<Calls[Name]> | null>} null: it was refused, which has been said
 */
async function ask(name, body) {
  try {
    const text = JSON.stringify(body);
    const response = await fetch(name, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: text,
      // What is typed last is saved though the page is closed; browsers let that be 64 KB.
      keepalive: text.length < 20_000,
    });
    const value = await response.json();
    if (response.ok) return value;
    say(value.error);
  } catch {
    say(
      "The review has ended, or was stopped by an error: see the terminal. What was said is saved.",
    );
  }
  return null;
}

/**
 * Does one thing after the other: a key that is pressed before the last one's answer is there means the next example.
 * @type {Promise<void>}
 */
let queue = Promise.resolve();
/** What is still to be saved of a text comes first. @param {() => unknown} task */
function enqueue(task) {
  queue = queue.then(async () => {
    if (timer !== undefined) await save();
    await task();
  });
}

/** @param {string} words */
function say(words) {
  get("status").textContent = words;
}

/**
 * Makes an element.
 * @param {string} name
 * @param {Record<string, string | boolean | null>} attributes null or false: left out
 * @param {(Node | string | null)[]} children
 */
function make(name, attributes = {}, ...children) {
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
const quote = (name, text, attributes = {}) => make(name, { dir: "auto", ...attributes }, text);

/**
 * @param {string} label
 * @param {string} key
 * @param {() => unknown} act
 * @param {Record<string, string | boolean | null>} attributes
 */
function button(label, key, act, attributes = {}) {
  const made = make(
    "button",
    { type: "button", "aria-keyshortcuts": key || null, ...attributes },
    ...(key ? [make("kbd", { "aria-hidden": "true" }, key), " "] : []),
    quote("bdi", label),
  );
  made.addEventListener("click", () => enqueue(act));
  return made;
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
  get("count").textContent = `${found.total.toLocaleString("en")} listed${more}`;
  draw();
}

/** Asks for the list anew. @param {number} at the line that is chosen then */
async function reload(at) {
  version += 1;
  chunks = new Map();
  await load(Math.floor(Math.max(0, Math.min(at, mostRows)) / chunk));
  if (at > 0 && at >= total) return choose(Math.max(0, total - 1));
  return choose(at);
}

/** @param {number} index */
const rowAt = (index) => chunks.get(Math.floor(index / chunk))?.[index % chunk];

/** Draws the lines that are seen, and a few around them. */
function draw() {
  rows.style.height = `${total * rowHeight}px`;
  const first = Math.max(0, Math.floor(list.scrollTop / rowHeight) - 5);
  const last = Math.min(total, Math.ceil((list.scrollTop + list.clientHeight) / rowHeight) + 5);
  const drawn = [];
  for (let index = first; index < last; index++) {
    const number = Math.floor(index / chunk);
    if (!chunks.has(number)) void load(number);
    drawn.push(drawRow(index, rowAt(index)));
  }
  rows.replaceChildren(...drawn);
  const active = rows.querySelector('[aria-selected="true"]');
  if (active) list.setAttribute("aria-activedescendant", active.id);
  else list.removeAttribute("aria-activedescendant");
}

/**
 * @param {number} index
 * @param {Summary | undefined} row
 */
function drawRow(index, row) {
  const line = make("div", {
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
      quote("div", row.question, { class: "text" }),
      make(
        "div",
        { class: "facts" },
        row.reason ? make("span", { class: "reason" }, row.reason) : null,
        row.label === null ? null : quote("span", row.label, { class: "label" }),
        row.state === "open" ? null : make("span", { class: "state" }, nameState(row)),
        row.agreement ? make("span", {}, row.agreement) : null,
      ),
    );
  line.addEventListener("click", () => enqueue(() => choose(index)));
  return line;
}

/** @param {Pick<Summary, "state" | "from">} row */
function nameState({ state, from }) {
  if (from === "text") return "labelled";
  if (from === "rejected") return state === "deleted" ? "stays rejected" : `taken in, ${state}`;
  return state;
}

/** Chooses a line, and shows its example. @param {number} index */
async function choose(index) {
  isEditing = false;
  chosen = Math.max(0, Math.min(index, total - 1));
  const top = chosen * rowHeight;
  if (top < list.scrollTop) list.scrollTop = top;
  else if (top + rowHeight > list.scrollTop + list.clientHeight)
    list.scrollTop = top + rowHeight - list.clientHeight;
  const number = Math.floor(chosen / chunk);
  if (total > 0 && !chunks.get(number)) await load(number);
  draw();
  const row = rowAt(chosen);
  const shown = version;
  const found = row ? await ask("row", { id: row.id }) : null;
  if (shown !== version || rowAt(chosen) !== row) return;
  detail = found;
  const hadFocus = get("detail").contains(document.activeElement);
  drawDetail();
  if (hadFocus) list.focus();
}

function drawDetail() {
  const place = get("detail");
  if (!detail) return place.replaceChildren(make("p", { class: "note" }, "Nothing is listed."));
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
      ? [make("p", { class: "note" }, "Created as ", quote("b", created), ".")]
      : [];
  const actions = [
    ...(isText || !isWhole
      ? []
      : [
          button(from === "rejected" ? "Take in" : "Accept", "a", () => act({ do: "accept" })),
          button("Edit", "e", startEdit),
        ]),
    button(isText ? "Remove label" : from === "rejected" ? "Leave out" : "Delete", "d", () =>
      act({ do: "delete" }),
    ),
  ];
  place.replaceChildren(
    make("p", { class: "note" }, facts.join(" · ")),
    ...(isEditing
      ? [drawField("question", question), drawField("context", context ?? "")]
      : [
          quote("p", question, { class: "question" }),
          ...(context === null ? [] : [quote("p", context, { class: "context" })]),
        ]),
    ...(isWhole
      ? [drawLabels("Label", detail.options, label, (one) => act({ do: "label", label: one }))]
      : []),
    ...changed,
    make("div", { class: "buttons" }, ...(isEditing ? [button("Done", "", endEdit)] : actions)),
    ...notes.map((note) => quote("p", note, { class: "note" })),
  );
}

/**
 * The options as buttons with their keys; of more than nine, a field to type one in.
 * @param {string} name
 * @param {readonly string[]} options
 * @param {string | null} pressed
 * @param {(label: string) => unknown} pick
 */
function drawLabels(name, options, pressed, pick) {
  const buttons = options.map((option, at) =>
    button(option, at < 9 ? String(at + 1) : "", () => pick(option), {
      "aria-pressed": String(option === pressed),
    }),
  );
  const group = make("div", { role: "group", "aria-label": name, class: "labels" }, ...buttons);
  if (options.length <= 9) return group;
  const field = make("input", {
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
  const known = options.map((option) => make("option", { value: option }));
  return make(
    "div",
    {},
    make("label", {}, "Label, typed ", make("kbd", { "aria-hidden": "true" }, "l"), " ", field),
    make("datalist", { id: "options" }, ...known),
    group,
  );
}

/**
 * A text that is saved as it is typed.
 * @param {"question" | "context"} name
 * @param {string} text
 */
function drawField(name, text) {
  const area = /** @type {HTMLTextAreaElement} */ (
    make("textarea", { name, rows: "5", dir: "auto" })
  );
  area.value = text;
  area.addEventListener("input", saveSoon);
  return make("label", { class: "edited" }, name === "question" ? "Question " : "Context ", area);
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
    get("detail").querySelector(`textarea[name=${name}]`);
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

function startEdit() {
  if (!detail?.isWhole || detail.from === "text") return;
  isEditing = true;
  drawDetail();
  /** @type {HTMLElement | null} */ (get("detail").querySelector("textarea"))?.focus();
}

async function endEdit() {
  isEditing = false;
  list.focus();
  await reload(chosen);
}

/** Does something to the chosen example, and goes on to the next. @param {Act} what */
async function act(what) {
  if (!detail) return;
  if ((what.do === "accept" && (detail.from === "text" || !detail.isWhole)) || asked) return;
  const { id } = detail;
  const done = await ask("act", { id, act: what });
  if (!done) return;
  say(`${done.said}. u undoes it`);
  drawProgress(done.progress);
  version += 1;
  chunks = new Map();
  await load(Math.floor(chosen / chunk));
  // By a filter it may be gone, and the next one be in its place.
  await choose(rowAt(chosen)?.id === id ? chosen + 1 : chosen);
}

async function undo() {
  const done = await ask("undo", {});
  if (!done) return;
  say(done.said);
  drawProgress(done.progress);
  if (asked) return askBlind();
  const id = done.row?.id;
  await reload(chosen);
  // The one that was undone is mostly just before.
  for (const index of [chosen - 1, chosen, chosen + 1])
    if (id !== undefined && rowAt(index)?.id === id) return choose(index);
}

/** @param {Progress} progress */
function drawProgress({ total, reviewed, changed, deleted, added, accuracy, byLabel, skipped }) {
  const isText = about.kind === "texts";
  const percent = (/** @type {number} */ one) => (100 * one).toFixed(1);
  const measured = (/** @type {NonNullable<Progress["accuracy"]>} */ { n, right, low, high }) =>
    `${right} of ${n}, ${percent(right / n)} % (${percent(low)} to ${percent(high)})`;
  get("progress").textContent = isText
    ? `${reviewed} of ${total} labelled`
    : [
        `${reviewed} of ${total} reviewed`,
        `${changed} changed`,
        `${deleted} deleted`,
        `${added} taken in`,
        accuracy ? `labels right: ${measured(accuracy)}` : "label accuracy: not measured yet",
      ].join(" · ");
  get("accuracy").replaceChildren(
    make("h2", {}, "Label accuracy"),
    accuracy
      ? make(
          "dl",
          {},
          ...[/** @type {const} */ (["all", accuracy]), ...byLabel].flatMap(([label, one]) => [
            quote("dt", label),
            make("dd", {}, measured(one)),
          ]),
        )
      : make("p", {}, "Nothing is answered yet."),
    make(
      "p",
      { class: "note" },
      `${skipped > 0 ? `${skipped} skipped, counted nowhere above. ` : ""}A random sample of this creation's kept examples, by created label; in brackets Clopper and Pearson's exact 95 % interval. It says nothing about another task, setting, seed or model.`,
    ),
  );
}

async function askBlind() {
  asked = await ask("blind", {});
  const place = get("question");
  if (!asked) {
    place.replaceChildren(
      make(
        "p",
        {},
        "The sample is labelled. For a larger one start the review again with a larger --sample.",
      ),
    );
    return;
  }
  const { place: at, of, question, context, options } = asked;
  const text = quote("p", question, { class: "question", tabindex: "-1" });
  place.replaceChildren(
    make("p", { class: "note" }, `${at} of ${of}, drawn by chance: which label is right?`),
    text,
    ...(context === null ? [] : [quote("p", context, { class: "context" })]),
    drawLabels("Label", options, null, (label) => answer(label)),
    make(
      "div",
      { class: "buttons" },
      button("Cannot tell", "s", () => answer(null)),
    ),
  );
}

/** @param {string | null} label */
async function answer(label) {
  if (!asked) return;
  const { id } = asked;
  const done = await ask("act", { id, act: { do: "answer", label } });
  if (!done) return;
  say(`${done.said}. u undoes it`);
  drawProgress(done.progress);
  await askBlind();
}

/** @param {boolean} isBlind */
async function setMode(isBlind) {
  if (about.kind === "texts") return;
  get("mode").setAttribute("aria-pressed", String(isBlind));
  get("browse").hidden = isBlind;
  get("blind").hidden = !isBlind;
  say("");
  if (isBlind) {
    return askBlind();
  }
  asked = null;
  await reload(chosen);
  list.focus();
}

const isBlind = () => !get("blind").hidden;

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
  const page = Math.max(1, Math.floor(list.clientHeight / rowHeight) - 1);
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
    return list.focus();
  }
  if (target.closest("input, select, textarea")) return;
  // Elsewhere these keys scroll the page.
  const isMove =
    moved.test(event.key) && (target === list || target === document.body) && !isBlind();
  if (!pressed.test(event.key) && !isMove) return;
  event.preventDefault();
  if (event.key === "/" && !isBlind()) {
    // At once: what is typed next is searched for.
    const search = filters.elements.namedItem("search");
    return /** @type {HTMLInputElement} */ (search).focus();
  }
  enqueue(() => press(event.key));
});

window.addEventListener("pagehide", () => {
  if (timer !== undefined) void save();
});
let isDrawing = false;
list.addEventListener("scroll", () => {
  if (isDrawing) return;
  isDrawing = true;
  requestAnimationFrame(() => {
    isDrawing = false;
    draw();
  });
});
new ResizeObserver(draw).observe(list);
filters.addEventListener("submit", (event) => event.preventDefault());
let typing = 0;
filters.addEventListener("input", () => {
  clearTimeout(typing);
  typing = setTimeout(() => {
    list.scrollTop = 0;
    enqueue(() => reload(0));
  }, 150);
});
get("mode").addEventListener("click", () => enqueue(() => setMode(!isBlind())));
get("undo").addEventListener("click", () => enqueue(undo));
get("keys").addEventListener("click", () => help.showModal());
get("close").addEventListener("click", () => help.close());
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
    ?.append(...options.map(([value, text]) => make("option", { value }, text)));
}

async function start() {
  const known = await ask("about", {});
  if (!known) return;
  about = known.about;
  const isText = about.kind === "texts";
  document.title = about.title;
  get("title").textContent = about.title;
  get("where").textContent = `Saved at once in ${about.where}`;
  get("notice").textContent = about.notices.join(" ");
  get("notice").hidden = about.notices.length === 0;
  get("mode").hidden = isText;
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
  /** @type {HTMLDetailsElement} */ (get("more")).open = matchMedia("(min-width: 52rem)").matches;
  await reload(0);
  list.focus();
}

enqueue(start);
