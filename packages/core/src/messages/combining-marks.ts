/** A combining mark; the two halfwidth sound marks become one in the forms NFKC and NFKD. */
const mark = String.raw`[\p{M}\uff9e\uff9f]`;

/** How many of them in a row are compared: no language writes as many (UAX #15, 12.1), and ordering more is quadratic. */
const longestRun = 30;

const beyond = new RegExp(`(${mark}{${longestRun}})${mark}+`, "gu");
const longRun = new RegExp(`(${mark}{${longestRun + 1},})`, "u");

/** Whether more than 30 combining marks stand in a row. */
export function hasLongRun(text: string): boolean {
  return text.length > longestRun && /[\u0300-\uffff]/.test(text) && longRun.test(text);
}

/** Cuts runs of more than 30 combining marks: for what is compared or tokenized, never for what is written. */
export function cutMarks(text: string): string {
  return hasLongRun(text) ? text.replace(beyond, "$1") : text;
}

/** A text in a form of Unicode, to be compared: long runs of combining marks are cut. */
export function toComparable(text: string, form: "NFC" | "NFKC"): string {
  return cutMarks(text).normalize(form);
}

/** A text in the form NFC, to be kept: long runs of combining marks stay as they are. */
export function toNfc(text: string): string {
  if (!hasLongRun(text)) return text.normalize("NFC");
  return text
    .split(longRun)
    .map((part, i) => (i % 2 === 1 ? part : part.normalize("NFC")))
    .join("");
}
