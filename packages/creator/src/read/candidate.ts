import type { Example } from "@seedling/core";
import type { Options } from "../show/prompt.ts";
import { type Rejection, reject } from "./rejections.ts";

/** What a candidate is held against. */
export interface Shape {
  formatting: Example;
  options: Options;
}

/** A check of one property: a rejection, or null if it holds. */
export type Check = (candidate: Example, shape: Shape) => Rejection | null;

/** The checks that need nothing but the candidate, in order. The original's own two. */
export const checks: readonly Check[] = [hasOptionCount, hasFixedOptions];

function hasOptionCount({ options }: Example, { formatting }: Shape): Rejection | null {
  const expected = formatting.options.length;
  if (options.length === expected) return null;
  return reject("wrong number of options", `${options.length}, expected ${expected}`);
}

function hasFixedOptions(candidate: Example, { options, formatting }: Shape): Rejection | null {
  const same = candidate.options.every((option, i) => option === formatting.options[i]);
  if (options === "varying" || same) return null;
  return reject("options differ", JSON.stringify(candidate.options));
}

/**
 * Reads a candidate out of a parsed JSON value. Keys count whatever their case, and `label` for
 * `answer`; a context is asked for exactly where the formatting example has one.
 */
export function toCandidate(value: unknown, shape: Shape): Example | Rejection {
  const fields = toFields(value);
  const question = toText(fields.get("question"));
  const options = toOptions(fields.get("options"));
  const answer = toText(fields.get("answer") ?? fields.get("label"));
  const context = shape.formatting.context === null ? null : toText(fields.get("context"));
  const missing = Object.entries({ question, options, answer, context }).find(
    ([name, field]) => field === null && (name !== "context" || shape.formatting.context !== null),
  );
  if (question === null || options === null || answer === null || missing)
    return reject("wrong fields", `${missing?.[0]} among ${[...fields.keys()].join(", ")}`);
  const label = options.indexOf(answer);
  const candidate = { question, context, options, label };
  for (const check of checks) {
    const rejection = check(candidate, shape);
    if (rejection) return rejection;
  }
  if (label >= 0) return candidate;
  return reject("label not among options", `${answer} in ${JSON.stringify(options)}`);
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

/** A text that is not empty; JSON's booleans are the option texts "True" and "False". */
function toText(value: unknown): string | null {
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "number") return String(value);
  return typeof value === "string" && value.trim() !== "" ? value.trim() : null;
}

function toOptions(value: unknown): string[] | null {
  if (!Array.isArray(value)) return null;
  const options = value.map(toText);
  return options.some((option) => option === null) ? null : (options as string[]);
}
