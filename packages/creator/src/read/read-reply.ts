import type { Example } from "@seedling/core";
import { jsonrepair } from "jsonrepair";
import type { Completion } from "../ask/chat.ts";
import { looksLikeExample, type Shape, toCandidate } from "./candidate.ts";
import { findObjects } from "./find-objects.ts";
import { type Rejection, reject } from "./rejections.ts";

/** What a reply holds, in its own order. */
export type Reading = Example | Rejection;

/** A rule that reads a reply. */
export type ReadReply = (completion: Completion, shape: Shape, asked: number) => Reading[];

/** Every rule of `--replies`. */
export const replyRules: Record<"salvage" | "strict", ReadReply> = {
  salvage: (completion, shape) => readWith(completion, (text) => salvage(text, shape)),
  strict: (completion, shape, asked) => readWith(completion, (text) => strict(text, shape, asked)),
};

/** Whether a reading is a rejection. */
export function isRejection(reading: Reading): reading is Rejection {
  return "reason" in reading;
}

function readWith({ text, refusal }: Completion, read: (text: string) => Reading[]): Reading[] {
  if (refusal !== null) return [reject("refusal", refusal)];
  return read(withoutReasoning(text));
}

/** Removes `<think>` text: some templates leave out the opening tag, a cut reply the closing one. */
export function withoutReasoning(text: string): string {
  const end = text.lastIndexOf("</think>");
  const answer = end < 0 ? text : text.slice(end + "</think>".length);
  return answer.replace(/<think>[\s\S]*$/, "");
}

/** Keeps every valid example, whatever surrounds it. */
function salvage(text: string, shape: Shape): Reading[] {
  const objects = findFields(text);
  if (objects.length === 0) return [reject("no JSON", text.trim())];
  return objects.flatMap((object) => readObject(object, shape, 0));
}

/** The objects that may hold a field; braces in prose do not. */
function findFields(text: string): string[] {
  return findObjects(text).filter((object) => object.includes(":"));
}

/**
 * Reads an object's examples. One that is not JSON is mended, or the objects inside it are read each
 * for itself, whichever gives more: a stray brace swallows all that follows.
 */
function readObject(text: string, shape: Shape, level: number): Reading[] {
  const read = (value: unknown) => findExamples(value, 0).map((one) => toCandidate(one, shape));
  const value = parseObject(text);
  if (value !== undefined) return read(value);
  const mended = mendObject(text);
  const outer = mended === undefined ? [reject("broken JSON", text)] : read(mended);
  const objects = level < 4 ? findFields(text.slice(1)) : [];
  const inner = objects.flatMap((one) => readObject(one, shape, level + 1));
  return countKept(inner) > countKept(outer) ? inner : outer;
}

function countKept(readings: Reading[]): number {
  return readings.filter((one) => !isRejection(one)).length;
}

function parseObject(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The longest object that is mended; jsonrepair's time grows with the square of stray quotes. */
const longestMended = 8000;

/** A field whose text is not closed when the object ends: a reply that was cut there. */
const cutField = /,?\s*"[^"]*"\s*:\s*"(?:[^"\\}]|\\.)*\\?$/;

/** Mends an object; a text that was cut is left out, not kept as if it were whole. */
function mendObject(text: string): unknown {
  if (text.length > longestMended) return undefined;
  try {
    const mended: unknown = JSON.parse(jsonrepair(text.replace(cutField, "")));
    return typeof mended === "object" ? mended : undefined;
  } catch {
    return undefined;
  }
}

/** The values that look like examples, at most four levels down; the value itself if none does. */
function findExamples(value: unknown, level: number): unknown[] {
  if (level > 4 || value === null || typeof value !== "object" || looksLikeExample(value))
    return [value];
  const inner = Object.values(value).flatMap((one) => findExamples(one, level + 1));
  const examples = inner.filter(looksLikeExample);
  return examples.length > 0 ? examples : [value];
}

/**
 * The original's rule (data_creation.py): parts between blank lines, exactly as many as were asked
 * for, a missing outer brace added; one bad part throws the reply away whole.
 */
function strict(text: string, shape: Shape, asked: number): Reading[] {
  const parts = text.trim().split("\n\n");
  if (parts.length !== asked)
    return [reject("wrong count", `${parts.length} parts, expected ${asked}`)];
  const readings = parts.map((part) => readStrictly(part.trim(), shape));
  const broken = readings.find(
    (one) => isRejection(one) && ["broken JSON", "wrong fields"].includes(one.reason),
  );
  return broken ? [broken] : readings;
}

function readStrictly(part: string, shape: Shape): Reading {
  const text = `${part.startsWith("{") ? "" : "{"}${part}${part.endsWith("}") ? "" : "}"}`;
  try {
    return toCandidate(JSON.parse(text), shape);
  } catch {
    return reject("broken JSON", part);
  }
}
