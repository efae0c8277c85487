import type { Row } from "./row.ts";

/** Rows as lines of a table; what mends a row stands below it. */
export function renderRows(rows: readonly Row[]): string[] {
  const width = Math.max(...rows.map(({ what }) => what.length));
  const margin = " ".repeat("broken  ".length + width + 2);
  return rows.flatMap(({ what, state, found, mend }) => [
    `${state.padEnd("broken".length)}  ${what.padEnd(width)}  ${found}`,
    ...(mend === null ? [] : [`${margin}to mend it: ${mend}`]),
  ]);
}

/** The last line: what the rows come to. */
export function renderVerdict(rows: readonly Row[]): string {
  const names = (state: Row["state"]) =>
    rows.filter((row) => row.state === state).map(({ what }) => what);
  const broken = names("broken");
  if (broken.length > 0) return `A run needs ${broken.join(", ")}: mend that first.`;
  const absent = names("absent").length;
  return absent === 0
    ? "Everything is here."
    : `What a run needs is here; ${absent} of ${rows.length} are absent, which runs can do without.`;
}
