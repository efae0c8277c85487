import { normaliseQuestion, toPlainText } from "@seedling/core/internal";
import type { Completion } from "../llm/chat.ts";
import { parseObject } from "./parse-relaxed.ts";
import { withoutReasoning } from "./reasoning.ts";

/** The longest name that is taken, in UTF-16 units. */
const longestName = 80;

/**
 * Reads the names that a reply lists: a JSON array of texts, or of objects that hold or are keyed by them, else the
 * points of a list. Each is one line of at most 80 letters, has one at least, and stands once, whatever its case.
 * @param isTaken whether a name may be one; others are left out
 * @param most names
 */
export function readNames(
  { text, refusal, refused }: Pick<Completion, "text" | "refusal" | "refused">,
  most: number,
  isTaken: (name: string) => boolean,
): string[] {
  if (refusal !== null || refused !== undefined) return [];
  const answer = withoutReasoning(text);
  const names = new Map<string, string>();
  for (const one of findJson(answer) ?? findPoints(answer)) {
    if (names.size === most) break;
    // What trims a text takes longest where it is all blanks and points.
    if (one.length > 2 * longestName) continue;
    const name = toPlainText(one.replace(/^[\s"'`*_]+|[\s"'`*_.,;:]+$/g, ""));
    const key = normaliseQuestion(name);
    if (name.length > longestName || !/\p{L}/u.test(name) || !isTaken(name)) continue;
    if (!names.has(key)) names.set(key, name);
  }
  return [...names.values()];
}

/** Finds the texts of the outermost array or object; null: there is none, or it is not nearly JSON. */
function findJson(answer: string): string[] | null {
  const [found] = ["{}", "[]"]
    .map((pair) => ({ from: answer.indexOf(pair[0] ?? ""), to: answer.lastIndexOf(pair[1] ?? "") }))
    .filter(({ from, to }) => from >= 0 && from < to)
    .sort((one, other) => one.from - other.from);
  if (!found) return null;
  const json = answer.slice(found.from, found.to + 1);
  const names = listTexts(parseObject(`{"names": ${json}}`).value);
  return names.length > 0 ? names : null;
}

/** Lists the texts of a value: of an object its name, else what its only key holds, else its keys. */
function listTexts(value: unknown): string[] {
  if (typeof value === "string" || typeof value === "number") return [String(value)];
  if (value === null || typeof value !== "object") return [];
  if (Array.isArray(value)) return value.flatMap(listTexts);
  const entries = Object.entries(value);
  const [, own] = entries.find(([key]) => /^(name|attribute|value)$/i.test(key)) ?? [];
  if (typeof own === "string") return [own];
  const [[, only] = [], ...others] = entries;
  return others.length === 0 && typeof only === "object" ? listTexts(only) : Object.keys(value);
}

/** Matches a point of a list, such as `2. **style**: formal or not`, up to what explains it. */
const point = /^[ \t]*(?:[-*•]|\d{1,2}[.)])[ \t]+(.+?)(?::[ \t].*|[ \t][-–—][ \t].*)?$/gm;

function findPoints(answer: string): string[] {
  return [...answer.matchAll(point)].map(([, name = ""]) => name);
}
