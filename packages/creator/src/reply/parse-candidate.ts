import type { Shape } from "../prompt/prompt.ts";
import { type Candidate, type CandidateField, type Rejection, reject } from "./candidate.ts";

/**
 * Reads a candidate from a parsed JSON value as it is written. Keys count whatever their case, and `label` for
 * `answer`; a context may be missing, as in the original.
 * @param text what the value was read from, for the rejection
 */
export function parseCandidate(
  value: unknown,
  { formatting }: Shape,
  text: string,
): Candidate | Rejection {
  const fields = toFields(value);
  const question = toText(fields.get("question"));
  const options = toOptions(fields.get("options"));
  const answer = toText(fields.get("answer") ?? fields.get("label"));
  const context = formatting.context === null ? null : toText(fields.get("context"));
  const missing = (field: CandidateField) =>
    reject("wrong fields", field, `${field} among ${[...fields.keys()].join(", ")}`, {
      candidate: text,
    });
  if (question === null) return missing("question");
  if (options === null) return missing("options");
  if (answer === null) return missing("answer");
  return { question, context, options, answer };
}

function toFields(value: unknown): Map<string, unknown> {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return new Map();
  return new Map(Object.entries(value).map(([key, field]) => [key.trim().toLowerCase(), field]));
}

/**
 * Reads a text that is not empty, in Unicode's form NFC; JSON's booleans are the option texts "True" and "False". Half a
 * surrogate pair, which UTF-8 cannot hold and servers refuse, becomes the replacement character.
 */
export function toText(value: unknown): string | null {
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "number") return String(value);
  if (typeof value !== "string" || value.trim() === "") return null;
  return value
    .trim()
    .replace(/\p{Surrogate}/gu, "\ufffd")
    .normalize("NFC");
}

export function toOptions(value: unknown): string[] | null {
  if (!Array.isArray(value)) return null;
  const options = value.map(toText);
  return options.some((option) => option === null) ? null : (options as string[]);
}

/**
 * Renders the beginning of a parsed value as JSON. What lies beyond is not looked at, so that neither
 * depth nor size costs anything.
 * @param length in UTF-16 units
 */
export function renderJsonStart(value: unknown, length: number): string {
  let text = "";
  const add = (one: unknown) => {
    if (typeof one === "string") text += JSON.stringify(one.slice(0, length));
    else if (one === null || typeof one !== "object") text += String(one);
    else if (Array.isArray(one)) addEach("[", one.entries(), "]");
    else addEach("{", Object.entries(one), "}");
  };
  const addEach = (opening: string, entries: Iterable<[string | number, unknown]>, end: string) => {
    let before = opening;
    for (const [key, one] of entries) {
      if (text.length >= length) return;
      text += before + (opening === "{" ? `${JSON.stringify(key)}:` : "");
      add(one);
      before = ",";
    }
    text += before === opening ? opening + end : end;
  };
  add(value);
  return text.slice(0, length);
}
