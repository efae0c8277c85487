import { toPlainText } from "./plain-text.ts";

/** A text from outside for a place in a line of Markdown, where it can be nothing but text. */
export function escapeMarkdown(text: string): string {
  return toPlainText(text)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replace(/[\\|`*_~[\]]/g, "\\$&");
}

/** A text of several lines as a block of code, in a fence that is longer than any within. */
export function fenceMarkdown(text: string): string {
  const lines = text.split(/\r\n|[\n\r\u0085\u2028\u2029]/);
  const clean = lines.map((line) => line.replace(/(?!\t)[\p{Cc}\p{Cf}\p{Cs}]/gu, "")).join("\n");
  const longest = Math.max(2, ...Array.from(clean.matchAll(/`+/g), ([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}text\n${clean}\n${fence}`;
}

/**
 * A text as a value of YAML, the same text when it is read: the quotes of JSON, with all that a reader of YAML 1.1
 * would take for a line's end or refuse written as its code.
 */
export function quoteYaml(text: string): string {
  const whole = text.replace(/\p{Cs}/gu, "\ufffd");
  const toCode = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return JSON.stringify(whole).replace(/[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g, toCode);
}
