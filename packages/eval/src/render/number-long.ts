import type { TextTable } from "./sheet.ts";

/** A sheet for a page: what its long columns say stands once, numbered, in its notes. */
export function numberLong({ columns, rows, notes, ...sheet }: TextTable): TextTable {
  if (!columns.some((column) => column.long)) return { columns, rows, notes, ...sheet };
  const legend: string[] = [];
  const numbered = rows.map((texts) => {
    const text = columns
      .flatMap(({ head, long }, place) =>
        long && texts[place] ? `${head.toLowerCase()} ${texts[place]}` : [],
      )
      .join("; ");
    if (text && !legend.includes(text)) legend.push(text);
    const kept = texts.filter((_, place) => !columns[place]?.long);
    return [...kept, text && `(${legend.indexOf(text) + 1})`];
  });
  return {
    ...sheet,
    columns: [...columns.filter((column) => !column.long), { head: "", align: "left" }],
    rows: numbered,
    notes: [...legend.map((text, place) => `(${place + 1}) ${text}`), ...notes],
  };
}
