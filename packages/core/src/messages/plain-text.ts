import { redact } from "./redact.ts";

/** The longest line of a message, in UTF-16 units. */
const longestLine = 2000;
const tooLong = new RegExp(`[^\\n]{${longestLine}}[^\\n]+`, "g");

/**
 * A message as it is printed: without keys, with what moves a terminal's cursor or reorders a text written as its code,
 * and no line above 2,000 letters.
 * @param env whose keys are removed
 */
export function renderMessage(text: string, env: Record<string, string | undefined>): string {
  return redact(text, env)
    .replace(/(?!\n)[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu, toEscape)
    .replace(tooLong, (line) => `${line.slice(0, longestLine - 1).replace(/\p{Cs}$/u, "")}…`);
}

/**
 * Escapes a text of a user's data or of a model for a terminal: what moves the cursor, reorders or
 * hides text is written as its code.
 */
export function escapeControls(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu, toEscape);
}

function toEscape(unit: string): string {
  const code = (unit.codePointAt(0) ?? 0).toString(16).padStart(4, "0");
  return code.length > 4 ? `\\u{${code}}` : `\\u${code}`;
}

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
