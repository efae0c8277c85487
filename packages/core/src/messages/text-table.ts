import stringWidth from "string-width";
import { cutMarks } from "./combining-marks.ts";

/** Counts the columns that an escaped text takes in a terminal. */
export const measureWidth = (text: string): number => stringWidth(text);

/** Truncates a text to so many columns; what is truncated ends in `…`. */
export function truncateToWidth(text: string, width: number): string {
  if (measureWidth(text) <= width) return text;
  let kept = "";
  // No column takes more marks than this, and each letter is measured with all before it.
  for (const letter of cutMarks(text)) {
    if (measureWidth(`${kept}${letter}…`) > width) break;
    kept += letter;
  }
  return width > 0 ? `${kept}…` : "";
}

/** Renders rows as lines of aligned columns: the first to the left, the others to the right; blanks at ends removed. */
export function alignColumns(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, i) =>
    Math.max(...rows.map((row) => measureWidth(row[i] ?? ""))),
  );
  return rows.map((row) =>
    row
      .map((cell, i) => {
        const blanks = " ".repeat((widths[i] ?? 0) - measureWidth(cell));
        return i === 0 ? cell + blanks : blanks + cell;
      })
      .join("  ")
      .trimEnd(),
  );
}
