import { sum } from "../statistics/sum.ts";
import type { SheetColumn } from "./sheet.ts";

/** A table's columns on a page. */
export interface PageWidths {
  /** On its side: upright it would be too narrow for its texts. */
  landscape: boolean;
  /** Of the line, for each column with its gap; together at most 1. */
  shares: number[];
}

/** Characters of \footnotesize in a line of LaTeX's own article class, upright and on its side. */
const room = { portrait: 72, landscape: 114 };

/** Between two columns, in characters. */
const gap = 1.5;

/** What a column needs, in characters: its longest text unbroken, and its longest word. */
interface Need {
  most: number;
  least: number;
}

/**
 * Shares a line out among columns: what each needs where there is room, else at least its longest word.
 * @param toWords breaks a text where a line may break
 */
export function toPageWidths(
  columns: readonly SheetColumn[],
  rows: readonly (readonly string[])[],
  toWords: (text: string) => readonly string[],
): PageWidths {
  const needs = columns.map(({ head }, column): Need => {
    const texts = rows.map((row) => row[column] ?? "");
    const words = [head, ...texts].flatMap(toWords).map(({ length }) => length);
    const whole = texts.map((text) => toWords(text).join(" ").length);
    const least = Math.max(1, ...words);
    return { least: least + gap, most: Math.max(least, ...whole) + gap };
  });
  const [least, most] = [sum(needs.map((need) => need.least)), sum(needs.map((need) => need.most))];
  const landscape = most > room.portrait;
  const line = landscape ? room.landscape : room.portrait;
  // Between what all need at least and at most, as far as the line reaches.
  const part = most === least ? 1 : Math.min(1, Math.max(0, (line - least) / (most - least)));
  const widths = needs.map((need) => need.least + part * (need.most - need.least));
  const total = Math.max(line, sum(widths));
  return { landscape, shares: widths.map((width) => width / total) };
}
