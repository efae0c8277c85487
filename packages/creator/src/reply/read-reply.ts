import { type Check, chooseChecks, isValid } from "../filters/checks.ts";
import type { Completion } from "../llm/chat.ts";
import type { Shape } from "../prompt/prompt.ts";
import { type Candidate, looksLikeExample, parseCandidate } from "./candidate.ts";
import { findObjects } from "./find-objects.ts";
import { type Mend, openMending } from "./mend-object.ts";
import { type Reason, type Rejection, reject, type Switches } from "./rejections.ts";
import { renderValue } from "./render-value.ts";

/** What a reply holds at one place. */
export type Reading = Candidate | Rejection;

/** Reads a reply: what it holds, in its own order; one reading at least. */
export type ReadReply = (completion: Completion, shape: Shape, asked: number) => Reading[];

/** A reply as a rule gets it. */
interface Reply {
  text: string;
  /** Whether it was cut by the limit of its length. */
  cut: boolean;
  shape: Shape;
  /** How many examples were asked for. */
  asked: number;
  /** What candidates will have to pass: of two ways to read an object the one that gives more is taken. */
  checks: readonly Check[];
}

const rules = { salvage: readObjects, strict: readParts };

/** A rule of `--replies`, with what `--reject` and `--allow` say of whole replies. */
export function readWith(rule: keyof typeof rules, switches: Switches): ReadReply {
  const dropsCut = switches.reject?.includes("truncated");
  const allowsRefusal = switches.allow?.includes("refusal");
  const checks = chooseChecks(switches);
  return ({ text, refusal, finishReason }, shape, asked) => {
    const cut = finishReason === "length";
    if (refusal !== null && !allowsRefusal) return [reject("refusal", "reply", refusal)];
    if (cut && dropsCut) return [reject("truncated", "reply", text.trim().slice(-200))];
    const answer = withoutReasoning(text);
    const readings = rules[rule]({ text: answer, cut, shape, asked, checks });
    const nothing = readings.every((one) => isRejection(one) && isWholeReply(one));
    return refusal !== null && nothing ? [reject("refusal", "reply", refusal)] : readings;
  };
}

/** The rules of `--replies` without any switch. */
export const replyRules: Record<keyof typeof rules, ReadReply> = {
  salvage: readWith("salvage", { reject: null, allow: null }),
  strict: readWith("strict", { reject: null, allow: null }),
};

/** Whether something was rejected. */
export function isRejection(one: object): one is Rejection {
  return "reason" in one;
}

/** Whether a rejection is of a whole reply, in which no candidate was seen. */
export function isWholeReply({ candidate }: Rejection): boolean {
  return candidate === undefined;
}

/** Removes `<think>` text: some templates leave out the opening tag, a cut reply the closing one. */
export function withoutReasoning(text: string): string {
  const end = text.lastIndexOf("</think>");
  const answer = end < 0 ? text : text.slice(end + "</think>".length);
  const start = answer.indexOf("<think>");
  return start < 0 ? answer : answer.slice(0, start);
}

/** What a cut reply ends with. */
const unfinished: readonly Reason[] = ["no JSON", "broken JSON", "wrong fields"];

/** Names the cut where a cut reply's last reading shows it. */
function markCut(readings: Reading[], { cut }: Reply): Reading[] {
  const last = readings.at(-1);
  if (!cut || !last || !isRejection(last) || !unfinished.includes(last.reason)) return readings;
  return [...readings.slice(0, -1), { ...last, reason: "truncated" }];
}

/** Salvage: every example, whatever surrounds it. */
function readObjects(reply: Reply): Reading[] {
  const { text } = reply;
  const mend = openMending(text.length);
  const readings = findFields(text).flatMap((object) => readObject(object, reply, mend, 0));
  return markCut(readings.length > 0 ? readings : [reject("no JSON", "reply", text.trim())], reply);
}

/** The objects that may hold a field; braces in prose do not. */
function findFields(text: string): string[] {
  return findObjects(text).filter((object) => object.includes(":"));
}

/**
 * Reads an object's examples. One that is not JSON is mended, or the objects inside it are read each
 * for itself, whichever gives more: a stray brace swallows all that follows.
 */
function readObject(text: string, reply: Reply, mend: Mend, level: number): Reading[] {
  const value = parseObject(text);
  if (value !== undefined) return readExamples(value, text, reply);
  const mended = mend(text);
  const outer = mended
    ? readExamples(mended, text, reply)
    : [reject("broken JSON", "reply", text, { candidate: text })];
  const objects = level < 4 ? findFields(text.slice(1)) : [];
  const inner = objects.flatMap((one) => readObject(one, reply, mend, level + 1));
  return countValid(inner, reply) > countValid(outer, reply) ? inner : outer;
}

function countValid(readings: Reading[], { checks, shape }: Reply): number {
  return readings.filter((one) => !isRejection(one) && isValid(one, checks, shape)).length;
}

/** What begins and ends as JSON's objects do: parsing takes longest where it fails. */
const jsonLike = /^\{\s*["}].*\}$/s;

function parseObject(text: string): unknown {
  if (!jsonLike.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function readExamples(value: unknown, text: string, { shape }: Reply): Reading[] {
  return findExamples(value, 0).map((one) =>
    parseCandidate(one, shape, one === value ? text : renderValue(one, 2000)),
  );
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
function readParts(reply: Reply): Reading[] {
  const parts = reply.text.trim().split("\n\n");
  if (parts.length !== reply.asked) {
    const evidence = `${parts.length} parts, expected ${reply.asked}`;
    return [reject("wrong count", "reply", evidence)];
  }
  const readings = markCut(
    parts.map((part) => readPart(part.trim(), reply)),
    reply,
  );
  const bad = readings.find(isRejection);
  return bad ? [bad] : readings;
}

function readPart(part: string, { shape }: Reply): Reading {
  const text = `${part.startsWith("{") ? "" : "{"}${part}${part.endsWith("}") ? "" : "}"}`;
  try {
    return parseCandidate(JSON.parse(text), shape, part);
  } catch {
    return reject("broken JSON", "reply", part, { candidate: part });
  }
}
