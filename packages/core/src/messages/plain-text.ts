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
