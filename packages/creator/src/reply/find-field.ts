import { toComparable } from "@seedling/core/internal";
import type { CandidateField } from "./candidate.ts";

/** A field of an example in a reply. */
export type ExampleField = Exclude<CandidateField, "reply">;

/** The keys of each field, folded, the plainest first. */
const keys: Record<ExampleField, readonly string[]> = {
  question: ["question", "text", "sentence", "statement"],
  context: ["context", "passage"],
  options: ["options", "choices", "answer choices", "answer options"],
  answer: ["answer", "label", "correct answer", "correct option", "right answer", "correct label"],
};

const plainKeys = new Set(["question", "context", "options", "answer", "label"]);

/** An object of a reply, its values by their folded keys. */
type FoldedObject = Map<string, { value: unknown; isPlain: boolean }>;

/** Folds the keys of an object; by the rule "strict", their case alone. Anything else has none. */
export function foldKeys(value: unknown, isStrict = false): FoldedObject {
  const fields: FoldedObject = new Map();
  if (value === null || typeof value !== "object" || Array.isArray(value)) return fields;
  const isOnly = (base: string) =>
    Object.keys(value).filter((key) => foldKey(key).startsWith(base)).length === 1;
  for (const [key, one] of Object.entries(value)) {
    const plain = key.trim().toLowerCase();
    const isPlain = plainKeys.has(plain);
    const folded =
      isPlain || isStrict
        ? plain
        : foldKey(key).replace(/^(question|options|answer) \d{1,2}$/, (one, base) =>
            isOnly(base) ? base : one,
          );
    if (isPlain || !fields.get(folded)?.isPlain) fields.set(folded, { value: one, isPlain });
  }
  return fields;
}

/** Folds a key: case, marks at its ends, and how words are joined. */
export function foldKey(key: string): string {
  return toComparable(key, "NFKC")
    .replace(/(?<=\p{Ll})(?=\p{Lu})/gu, " ")
    .replace(/[^\p{L}\p{N}]+/gu, " ")
    .trim()
    .toLowerCase();
}

/** Picks a field's value by the plainest of its keys that has one; undefined: none has. */
export function pickField(fields: FoldedObject, field: ExampleField, plainOnly = false) {
  for (const key of keys[field]) {
    const one = fields.get(key);
    if (one && one.value !== null && (one.isPlain || !plainOnly)) return one;
  }
  return undefined;
}

/** Finds the value that an object gives a field: of options those of all the examples in it; undefined: none. */
export function findField(value: unknown, field: ExampleField): unknown {
  return pickField(foldKeys(value), field)?.value;
}

/** Whether a value has a question: one with options alone may hold the examples that share them. */
export function hasQuestion(value: unknown): boolean {
  const question = pickField(foldKeys(value), "question");
  return question !== undefined && (question.isPlain || typeof question.value !== "object");
}
