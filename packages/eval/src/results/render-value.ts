import { toPlainText } from "@seedling/core/internal";

/** Characters of a value that are shown. */
const most = 80;

/** A value that came from a file, as an error shows it: on one line, and not all of a long one. */
export function renderValue(value: unknown): string {
  const text = toPlainText(JSON.stringify(value) ?? "nothing");
  return text.length > most ? `${text.slice(0, most)}…` : text;
}
