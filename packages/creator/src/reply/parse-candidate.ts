import type { Shape } from "../prompt/prompt.ts";
import { type Candidate, type CandidateField, type Rejection, reject } from "./candidate.ts";

/**
 * Reads a candidate from a parsed JSON value. Keys count whatever their case, and `label` for
 * `answer`; a context is expected exactly where the formatting example has one.
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
  if (context === null && formatting.context !== null) return missing("context");
  return { question, context, options, answer };
}

/** Whether a value has the keys of an example, so that it is one and does not merely hold some. */
export function looksLikeExample(value: unknown): boolean {
  const fields = toFields(value);
  return fields.has("question") || fields.has("options");
}

function toFields(value: unknown): Map<string, unknown> {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return new Map();
  return new Map(Object.entries(value).map(([key, field]) => [key.trim().toLowerCase(), field]));
}

/**
 * A text that is not empty; JSON's booleans are the option texts "True" and "False". Half a
 * surrogate pair, which UTF-8 cannot hold and servers refuse, becomes the replacement character.
 */
function toText(value: unknown): string | null {
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "number") return String(value);
  if (typeof value !== "string" || value.trim() === "") return null;
  return value.trim().replace(/\p{Surrogate}/gu, "\ufffd");
}

function toOptions(value: unknown): string[] | null {
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
