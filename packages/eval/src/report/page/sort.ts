/** Puts a button into each sortable head: first click ascending, next descending, then as it was. */
export function makeSortable(table: HTMLTableElement): void {
  const original = [...(table.tBodies[0]?.rows ?? [])];
  for (const head of table.querySelectorAll<HTMLTableCellElement>("th[data-sortable]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "head";
    button.append(...head.childNodes);
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const before = head.getAttribute("aria-sort");
      for (const other of table.querySelectorAll("th[aria-sort]"))
        other.removeAttribute("aria-sort");
      if (before === "descending") {
        table.tBodies[0]?.append(...original);
        return;
      }
      head.setAttribute("aria-sort", before === null ? "ascending" : "descending");
      sortRows(table, head.cellIndex, before === null ? 1 : -1);
    });
  }
}

function sortRows(table: HTMLTableElement, column: number, direction: 1 | -1): void {
  const [body] = table.tBodies;
  if (!body) return;
  const rows = [...body.rows].map((row) => ({ row, value: row.cells[column]?.dataset.value }));
  rows.sort((a, b) => compare(a.value, b.value, direction));
  body.append(...rows.map(({ row }) => row));
}

/** Rows without a value come last in both directions. */
function compare(a: string | undefined, b: string | undefined, direction: 1 | -1): number {
  if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined);
  const difference = Number(a) - Number(b);
  return direction * (Number.isNaN(difference) ? a.localeCompare(b, "en") : difference);
}
