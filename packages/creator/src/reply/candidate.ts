import { type Example, toAnswer } from "@seedling/core/internal";
import type { Shape } from "../prompt/prompt.ts";
import { type Field, type Rejection, reject } from "./rejections.ts";

/** What a reply offers as an example: whole, but not checked. */
export interface Candidate {
  question: string;
  context: string | null;
  options: string[];
  /** As the model wrote it: it need not be one of the options. */
  answer: string;
}

/**
 * Reads a candidate out of a parsed JSON value. Keys count whatever their case, and `label` for
 * `answer`; a context is asked for exactly where the formatting example has one.
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
  const missing = (field: Field) =>
    reject("wrong fields", field, `${field} among ${[...fields.keys()].join(", ")}`, {
      candidate: text,
    });
  if (question === null) return missing("question");
  if (options === null) return missing("options");
  if (answer === null) return missing("answer");
  if (context === null && formatting.context !== null) return missing("context");
  return { question, context, options, answer };
}

/** The example that a candidate is, its answer being one of the options. */
export function toExample({ question, context, options, answer }: Candidate): Example {
  return { question, context, options, label: options.indexOf(answer) };
}

/** What a model would have written to offer an example. */
export function toCandidate(example: Example): Candidate {
  const { question, context, options } = example;
  return { question, context, options, answer: toAnswer(example) };
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
