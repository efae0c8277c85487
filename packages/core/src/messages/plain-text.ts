/**
 * A text from outside (a model's name, a folder, an error) on one line, without control and
 * direction characters: these could move a terminal's cursor or reorder what is read.
 */
export function toPlainText(text: string): string {
  return text
    .replace(/\s+/g, " ")
    .replace(/[\p{Cc}\p{Cf}]/gu, "")
    .trim();
}

const shownCharacters = 80;

/** A value from a file as JSON on one line, truncated to 80 characters. */
export function renderJson(value: unknown): string {
  const text = toPlainText(JSON.stringify(value) ?? "nothing");
  return text.length > shownCharacters ? `${text.slice(0, shownCharacters)}…` : text;
}
