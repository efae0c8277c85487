// The page's own script, inlined as it is, without modules or a bundler. Without it the page lacks themes, sorting,
// the creation tree and the list of disagreements.
// Texts of models and users are set as text, never parsed; the page's policy forbids anything else.

/** @typedef {import("./page-data.ts").TreeData} TreeData */
/** @typedef {import("./page-data.ts").TreeNode & { completion: string | null }} PageNode */
/** @typedef {import("./page-data.ts").TreeExample} TreeExample */
/** @typedef {import("./page-data.ts").Disagreement} Disagreement */

document.documentElement.classList.add("scripted");
addThemeButtons();
for (const table of document.querySelectorAll("table")) makeSortable(table);
for (const region of document.querySelectorAll(".scroll")) showEdges(region);
startTrees();
startFlips();

/**
 * Creates an element, of SVG where its name says so: `svg:path`.
 * @param {string} name
 * @param {Record<string, string | number>} [attributes]
 * @param {(Node | string)[]} children
 */
function create(name, attributes = {}, ...children) {
  const [local, prefix] = name.split(":").reverse();
  const namespace = prefix ? "http://www.w3.org/2000/svg" : "http://www.w3.org/1999/xhtml";
  const element = document.createElementNS(namespace, local ?? "");
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  element.append(...children);
  return /** @type {HTMLElement} */ (element);
}

/**
 * Reads data that Node wrote into the page: base64, gzip, JSON.
 * @param {string} id
 */
async function readData(id) {
  const packed = atob(document.getElementById(id)?.textContent ?? "");
  const bytes = Uint8Array.from(packed, (character) => character.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).json();
}

/** Adds the switch between the system's theme, light and dark. The choice lasts as long as the page. */
function addThemeButtons() {
  const buttons = ["system", "light", "dark"].map((theme) => {
    const button = create("button", { type: "button", "data-theme": theme }, theme);
    button.addEventListener("click", () => choose(theme));
    return button;
  });
  document.getElementById("theme")?.append(...buttons);
  choose("system");

  /** @param {string} theme */
  function choose(theme) {
    document.documentElement.dataset.theme = theme;
    for (const button of buttons)
      button.setAttribute("aria-pressed", String(button.dataset.theme === theme));
  }
}

/**
 * Puts a button into each sortable head: ascending first, then descending, then the first order again.
 * @param {HTMLTableElement} table
 */
function makeSortable(table) {
  const body = table.tBodies[0];
  const original = [...(body?.rows ?? [])];
  for (const head of /** @type {NodeListOf<HTMLTableCellElement>} */ (
    table.querySelectorAll("th[data-sortable]")
  )) {
    const button = create("button", { type: "button", class: "head" }, ...head.childNodes);
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const next = { none: "ascending", ascending: "descending", descending: "none" };
      const order =
        next[/** @type {keyof typeof next} */ (head.getAttribute("aria-sort") ?? "none")];
      for (const other of table.querySelectorAll("th[aria-sort]"))
        other.removeAttribute("aria-sort");
      if (order === "none") return body?.append(...original);
      head.setAttribute("aria-sort", order);
      body?.append(...original.toSorted((a, b) => compareRows(a, b, head.cellIndex, order)));
    });
  }
}

/**
 * Rows without a value come last in both orders.
 * @param {HTMLTableRowElement} a
 * @param {HTMLTableRowElement} b
 * @param {number} column
 * @param {string} order
 */
function compareRows(a, b, column, order) {
  const [one, other] = [a, b].map((row) => row.cells[column]?.dataset.value);
  if (one === undefined || other === undefined)
    return Number(one === undefined) - Number(other === undefined);
  const difference = Number(one) - Number(other);
  const ascending = Number.isNaN(difference) ? one.localeCompare(other, "en") : difference;
  return order === "ascending" ? ascending : -ascending;
}

/**
 * Fades the edge beyond which a table goes on, so that nobody takes what is seen for all of it.
 * @param {Element} region
 */
function showEdges(region) {
  const update = () => {
    const hidden = region.scrollWidth - region.clientWidth - region.scrollLeft;
    region.classList.toggle("goes-on", hidden > 1);
    region.classList.toggle("is-scrolled", region.scrollLeft > 1);
  };
  region.addEventListener("scroll", update, { passive: true });
  // A table within closed details gets its size when these open.
  new ResizeObserver(update).observe(region);
}

/** Fills the creation tree: the choice of a creation, its nodes, and the chosen node. */
function startTrees() {
  const choice = /** @type {HTMLSelectElement | null} */ (document.getElementById("tree-choice"));
  if (!choice) return;
  const load = async () => {
    const chosen = choice.value;
    /** @type {TreeData} */
    const data = await readData(chosen);
    if (chosen !== choice.value) return;
    showTree(data);
  };
  choice.addEventListener("change", load);
  void load();
}

/** @param {TreeData} data */
function showTree(data) {
  const nodes = data.replies.flatMap(({ completion, nodes }) =>
    nodes.map((node) => ({ ...node, completion })),
  );
  const details = document.getElementById("tree-node");
  details?.replaceChildren(create("p", {}, "Choose a node to read it."));
  const drawing = drawTree(data, nodes, (index) =>
    details?.replaceChildren(...describeNode(data, nodes, index)),
  );
  document.getElementById("tree-drawing")?.replaceChildren(drawing);
  const legend = data.labels.map(({ name, color, shape }) => {
    const path = create("svg:path", { fill: color, d: shape });
    const svg = create(
      "svg:svg",
      { class: "shape", viewBox: "-7 -7 14 14", "aria-hidden": "true" },
      path,
    );
    return create("li", {}, svg, create("span", { class: "made" }, name));
  });
  document.getElementById("tree-legend")?.replaceChildren(...legend);
}

/**
 * Draws a creation from left to right; a node is chosen by mouse, touch or arrow keys.
 * @param {TreeData} data
 * @param {PageNode[]} nodes
 * @param {(index: number) => void} onChoose gets a node's index, -1 for the root
 */
function drawTree(data, nodes, onChoose) {
  const root = { parent: null, column: 0, row: data.rootRow, example: data.root };
  /** @param {number} index */
  const positionOf = (index) => {
    const { column, row } = nodes[index] ?? root;
    return { x: 14 + 48 * column, y: 14 + 20 * row };
  };
  const edges = nodes.map((node, index) => {
    const [from, to] = [positionOf(node.parent ?? -1), positionOf(index)];
    const bend = (from.x + to.x) / 2;
    return `M${from.x} ${from.y}C${bend} ${from.y} ${bend} ${to.y} ${to.x} ${to.y}`;
  });
  const elements = [-1, ...nodes.keys()].map((index) => {
    const node = nodes[index];
    const { name, color, shape } = data.labels[node?.label ?? -1] ?? {
      name: "",
      color: "var(--ink)",
      shape: "M-4.5 -4.5h9v9h-9Z",
    };
    const question = (node ?? root).example?.question ?? "";
    const text =
      index < 0 ? `formatting example: ${question}` : `line ${index + 1}, ${name}: ${question}`;
    const { x, y } = positionOf(index);
    const element = create(
      "svg:g",
      {
        role: "treeitem",
        class: "node",
        tabindex: index < 0 ? 0 : -1,
        "aria-level": (node ?? root).column + 1,
        "aria-selected": "false",
        "aria-label": text,
        transform: `translate(${x} ${y})`,
      },
      create("svg:title", {}, text),
      // As large to hit as its neighbours leave room for.
      create("svg:rect", { class: "hit", x: -24, y: -10, width: 48, height: 20 }),
      create("svg:circle", { class: "ring", r: 8.5 }),
      create("svg:path", { fill: color, d: shape }),
    );
    element.addEventListener("click", () => choose(index));
    element.addEventListener("keydown", (event) => {
      const next = findNeighbour(/** @type {KeyboardEvent} */ (event).key, index, nodes);
      if (next === undefined) return;
      event.preventDefault();
      choose(next);
    });
    return element;
  });
  const positions = elements.map((_, i) => positionOf(i - 1));
  const width = Math.max(...positions.map(({ x }) => x)) + 14;
  const height = Math.max(...positions.map(({ y }) => y)) + 14;
  return create(
    "svg:svg",
    { role: "tree", "aria-label": "creation tree", width, height },
    create("svg:path", { class: "edges", d: edges.join(""), "aria-hidden": "true" }),
    ...elements,
  );

  /** @param {number} index */
  function choose(index) {
    for (const [i, element] of elements.entries()) {
      element.setAttribute("aria-selected", String(i === index + 1));
      element.setAttribute("tabindex", i === index + 1 ? "0" : "-1");
    }
    elements[index + 1]?.focus();
    onChoose(index);
  }
}

/**
 * Where a key leads from a node: an index, -1 for the root, undefined for nowhere.
 * @param {string} key
 * @param {number} from
 * @param {PageNode[]} nodes
 */
function findNeighbour(key, from, nodes) {
  const column = [...nodes.keys()].filter((i) => nodes[i]?.column === nodes[from]?.column);
  const level = column.sort((a, b) => (nodes[a]?.row ?? 0) - (nodes[b]?.row ?? 0));
  const at = level.indexOf(from);
  if (key === "Enter" || key === " ") return from;
  if (key === "ArrowLeft") return from < 0 ? undefined : (nodes[from]?.parent ?? -1);
  if (key === "ArrowRight") {
    const child = nodes.findIndex(({ parent }) => (parent ?? -1) === from);
    return child < 0 ? undefined : child;
  }
  if (key === "ArrowUp") return level[at - 1];
  if (key === "ArrowDown") return at < 0 ? undefined : level[at + 1];
  if (key === "Home") return -1;
  return key === "End" && nodes.length > 0 ? nodes.length - 1 : undefined;
}

/**
 * @param {TreeData} data
 * @param {PageNode[]} nodes
 * @param {number} index -1: the formatting example
 */
function describeNode(data, nodes, index) {
  const node = nodes[index];
  if (!node) return [create("h4", {}, "The formatting example"), ...renderExample(data.root, data)];
  const parent = nodes[node.parent ?? -1];
  const parentName = parent ? `line ${(node.parent ?? 0) + 1}` : "the formatting example";
  return [
    create("h4", {}, `Line ${index + 1} of created.jsonl, depth ${node.depth}`),
    ...renderExample(node.example, data),
    create("h4", {}, `Its parent: ${parentName}`),
    ...renderExample(parent ? parent.example : data.root, data),
    create("h4", {}, "The completion that it was read from"),
    node.completion === null
      ? create("p", { class: "note" }, `Not found in ${data.journal}`)
      : create("pre", { class: "made" }, node.completion),
  ];
}

/**
 * @param {TreeExample | null} example
 * @param {TreeData} data
 */
function renderExample(example, { path }) {
  if (example === null)
    return [create("p", { class: "note" }, `Not found in ${path}/example.jsonl`)];
  const options = example.options.map((option) =>
    option === example.answer
      ? create("li", { class: "is-right" }, `${option} (label)`)
      : create("li", {}, option),
  );
  const context = example.context ?? "";
  return [
    create("p", { class: "made question" }, example.question),
    ...(context ? [create("p", { class: "made context" }, context)] : []),
    create("ul", { class: "made options" }, ...options),
  ];
}

/** Fills the list of items on which classifiers disagree: which comparison, who is right, words to find. */
function startFlips() {
  const form = /** @type {HTMLFormElement | null} */ (document.getElementById("flips-form"));
  const body = document.getElementById("flips-rows");
  const count = document.getElementById("flips-count");
  const more = document.getElementById("flips-more");
  if (!form || !body || !count || !more) return;
  const pageSize = 50;
  /** @type {Disagreement[]} */
  let items = [];
  /** @type {Disagreement[]} */
  let found = [];

  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", ({ target }) => {
    if (/** @type {HTMLInputElement} */ (target).name === "comparison") void load();
    else filter();
  });
  more.addEventListener("click", showMore);
  void load();

  /** @param {string} name */
  function fieldOf(name) {
    return String(new FormData(form ?? undefined).get(name) ?? "");
  }
  async function load() {
    const chosen = fieldOf("comparison");
    const read = await readData(chosen);
    if (chosen !== fieldOf("comparison")) return;
    items = read;
    filter();
  }
  function filter() {
    const words = fieldOf("words").toLowerCase().split(/\s+/);
    const right = fieldOf("right");
    found = items.filter((item) => {
      const text = `${item.question ?? ""} ${item.gold} ${item.row + 1}`.toLowerCase();
      return (
        (right === "any" || right === item.right) && words.every((word) => text.includes(word))
      );
    });
    body?.replaceChildren();
    showMore();
    if (count) count.textContent = `${found.length} of ${items.length} items`;
  }
  function showMore() {
    const shown = body?.childElementCount ?? 0;
    body?.append(...found.slice(shown, shown + pageSize).map(renderDisagreement));
    if (more) more.hidden = found.length <= shown + pageSize;
  }
}

/** @param {Disagreement} item */
function renderDisagreement({ row, question, gold, human, tree, right }) {
  /** @param {Disagreement["human"]} votes */
  const formatVotes = (votes) => votes.map(([answer, runs]) => `${answer} ×${runs}`).join(", ");
  const answers = [
    { name: "gold", text: gold, className: "" },
    { name: "human", text: formatVotes(human), className: right === "human" ? "is-right" : "" },
    { name: "tree", text: formatVotes(tree), className: right === "tree" ? "is-right" : "" },
  ];
  // On a narrow page the answers are below the question instead of in columns.
  const below = answers.map(({ name, text, className }) =>
    create("small", { class: `if-narrow ${className}` }, `${name}: ${text}`),
  );
  return create(
    "tr",
    {},
    create("th", { scope: "row", class: "right" }, String(row + 1)),
    create("td", { class: "made prose" }, question ?? "test file not found", ...below),
    ...answers.map(({ text, className }) =>
      create("td", { class: `made if-wide ${className}` }, text),
    ),
    create("td", { class: "if-wide" }, right),
  );
}
