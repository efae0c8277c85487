// The page's own script, inlined. Without it the page lacks sorting, and
// creation trees and disagreements, which are chosen from a list.

// The page's policy lets this script alone make markup of a text: Node rendered and escaped all that it unpacks.
const { trustedTypes } = /** @type {any} */ (globalThis);
/** @type {{ createHTML: (text: string) => string } | undefined} */
const rendered = trustedTypes?.createPolicy("rendered", {
  createHTML: (/** @type {string} */ text) => text,
});

for (const table of document.querySelectorAll("table")) makeSortable(table);
for (const form of document.forms) startChoice(form);

/**
 * Shows one of a form's packed contents below it, and of a table in that only the rows that the form's fields
 * `words` and `right` let through.
 * @param {HTMLFormElement} form
 */
function startChoice(form) {
  const content = /** @type {HTMLElement} */ (form.nextElementSibling);
  const choice = /** @type {HTMLSelectElement} */ (form.elements.namedItem("content"));
  const load = async () => {
    const [option] = choice.selectedOptions;
    const text = await unpack(option?.dataset.packed ?? "");
    if (option !== choice.selectedOptions[0]) return;
    content.innerHTML = rendered?.createHTML(text) ?? text;
    for (const table of content.querySelectorAll("table")) makeSortable(table);
    filter();
  };
  const filter = () => {
    const fields = new FormData(form);
    const words = String(fields.get("words") ?? "")
      .toLowerCase()
      .split(/\s+/);
    const right = fields.get("right") || null;
    const rows = [...(content.querySelector("tbody")?.rows ?? [])];
    for (const row of rows) {
      const text = row.textContent.toLowerCase();
      const isRight = right === null || right === row.cells[row.cells.length - 1]?.textContent;
      row.hidden = !isRight || !words.every((word) => text.includes(word));
    }
    const count = form.querySelector("output");
    const found = rows.filter((row) => !row.hidden);
    if (count) count.textContent = `${found.length} of ${rows.length} rows`;
  };
  form.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", ({ target }) => (target === choice ? void load() : filter()));
  void load();
}

/** @param {string} packed base64, gzip */
async function unpack(packed) {
  const bytes = Uint8Array.from(atob(packed), (character) => character.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).text();
}

/**
 * Puts a button into each head, before the mark of its notes: ascending first, then descending, then the first order again.
 * @param {HTMLTableElement} table
 */
function makeSortable(table) {
  const body = table.tBodies[0];
  const original = [...(body?.rows ?? [])];
  for (const head of [...(table.tHead?.rows[0]?.cells ?? [])]) {
    const button = document.createElement("button");
    button.append(...[...head.childNodes].filter((node) => !(node instanceof HTMLButtonElement)));
    head.prepend(button);
    button.addEventListener("click", () => {
      const next = { none: "ascending", ascending: "descending", descending: "none" };
      const order = next[/** @type {keyof typeof next} */ (head.ariaSort ?? "none")];
      for (const other of table.querySelectorAll("th[aria-sort]")) other.ariaSort = null;
      if (order === "none") return body?.append(...original);
      head.ariaSort = order;
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
