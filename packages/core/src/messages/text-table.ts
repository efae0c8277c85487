const wide =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;
const combining = /\p{M}/u;

/**
 * Escapes a text of a user's data or of a model for a terminal: what moves the cursor, reorders or
 * hides text is written as its code.
 */
export function escapeControls(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu, (unit) => {
    const code = (unit.codePointAt(0) ?? 0).toString(16).padStart(4, "0");
    return code.length > 4 ? `\\u{${code}}` : `\\u${code}`;
  });
}

/** Counts the columns that an escaped text takes in a terminal. */
export function measureWidth(text: string): number {
  let width = 0;
  for (const letter of text) width += widthOf(letter);
  return width;
}

function widthOf(letter: string): number {
  if (letter < "\u0300") return 1;
  if (combining.test(letter)) return 0;
  return wide.test(letter) ? 2 : 1;
}

/** Truncates a text to so many columns; what is truncated ends in `…`. */
export function truncateToWidth(text: string, width: number): string {
  if (measureWidth(text) <= width) return text;
  let kept = "";
  let left = width - 1;
  for (const letter of text) {
    left -= widthOf(letter);
    if (left < 0) break;
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
