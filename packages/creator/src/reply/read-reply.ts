import type { Completion } from "../llm/chat.ts";
import type { Shape } from "../prompt/prompt.ts";
import {
  type Candidate,
  isRejection,
  isWholeReply,
  type Reason,
  type Rejection,
  reject,
  type Switches,
} from "./candidate.ts";
import { findObjects } from "./find-objects.ts";
import { looksLikeExample, parseCandidate, renderJsonStart } from "./parse-candidate.ts";
import { createRepair, type Repair } from "./repair-object.ts";

/** One of the things that a reply holds. */
export type ReplyItem = Candidate | Rejection;

/** Reads what a reply holds, in its own order; one item at least. @param asked how many examples were asked for */
export type ReadReply = (completion: Completion, shape: Shape, asked: number) => ReplyItem[];

/** A reply as a rule reads it. */
interface Reply {
  text: string;
  /** Whether it ends at the limit of its length. */
  truncated: boolean;
  shape: Shape;
  /** How many examples were asked for. */
  asked: number;
  /** Whether a candidate passes the checks of its form: of two ways to read an object the one that gives more of these is taken. */
  isValid: (candidate: Candidate) => boolean;
}

const rules = { salvage: readObjects, strict: readParts };

/**
 * Creates the reader of a rule of `--replies`, with what `--reject` and `--allow` say of whole replies.
 * @param isValid whether a candidate passes the checks of its form
 */
export function createReplyReader(
  rule: keyof typeof rules,
  switches: Switches,
  isValid: (candidate: Candidate, shape: Shape) => boolean,
): ReadReply {
  const dropsTruncated = switches.reject?.includes("truncated");
  const allowsRefusal = switches.allow?.includes("refusal");
  return ({ text, refusal, finishReason, refused, empty }, shape, asked) => {
    if (refused !== undefined) return [reject("refused", "reply", refused)];
    if (empty !== undefined)
      return [reject(finishReason === "length" ? "truncated" : "no JSON", "reply", empty)];
    const truncated = finishReason === "length";
    if (refusal !== null && !allowsRefusal) return [reject("refusal", "reply", refusal)];
    if (truncated && dropsTruncated) return [reject("truncated", "reply", text.trim().slice(-200))];
    const answer = withoutReasoning(text);
    const items = rules[rule]({
      text: answer,
      truncated,
      shape,
      asked,
      isValid: (candidate) => isValid(candidate, shape),
    });
    const nothing = items.every((one) => isRejection(one) && isWholeReply(one));
    return refusal !== null && nothing ? [reject("refusal", "reply", refusal)] : items;
  };
}

/** Removes `<think>` text: some templates leave out the opening tag, a truncated reply the closing one. */
export function withoutReasoning(text: string): string {
  const end = text.lastIndexOf("</think>");
  const answer = end < 0 ? text : text.slice(end + "</think>".length);
  const start = answer.indexOf("<think>");
  return start < 0 ? answer : answer.slice(0, start);
}

/** What a truncated reply may end with. */
const unfinished: readonly Reason[] = ["no JSON", "broken JSON", "wrong fields"];

/** Names the truncation where a truncated reply's last item shows it. */
function nameTruncation(items: ReplyItem[], { truncated }: Reply): ReplyItem[] {
  const last = items.at(-1);
  if (!truncated || !last || !isRejection(last) || !unfinished.includes(last.reason)) return items;
  return [...items.slice(0, -1), { ...last, reason: "truncated" }];
}

/** Reads every example, whatever surrounds it: the rule "salvage". */
function readObjects(reply: Reply): ReplyItem[] {
  const { text } = reply;
  const repair = createRepair(text.length);
  const items = findFields(text).flatMap((object) => readObject(object, reply, repair, 0));
  return nameTruncation(
    items.length > 0 ? items : [reject("no JSON", "reply", text.trim())],
    reply,
  );
}

/** Finds the objects that may hold a field; braces in prose do not. */
function findFields(text: string): string[] {
  return findObjects(text).filter((object) => object.includes(":"));
}

/**
 * Reads an object's examples. One that is not JSON is repaired, or the objects inside it are read each
 * for itself, whichever gives more: a stray brace swallows everything that follows.
 */
function readObject(text: string, reply: Reply, repair: Repair, level: number): ReplyItem[] {
  const value = parseObject(text);
  if (value !== undefined) return readExamples(value, text, reply);
  const repaired = repair(text);
  const outer = repaired
    ? readExamples(repaired, text, reply)
    : [reject("broken JSON", "reply", text, { candidate: text })];
  const objects = level < 4 ? findFields(text.slice(1)) : [];
  const inner = objects.flatMap((one) => readObject(one, reply, repair, level + 1));
  return countValid(inner, reply) > countValid(outer, reply) ? inner : outer;
}

function countValid(items: ReplyItem[], { isValid }: Reply): number {
  return items.filter((one) => !isRejection(one) && isValid(one)).length;
}

/** A text that begins and ends as JSON's objects do: parsing takes longest where it fails. */
const jsonLike = /^\{\s*["}].*\}$/s;

function parseObject(text: string): unknown {
  if (!jsonLike.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function readExamples(value: unknown, text: string, { shape }: Reply): ReplyItem[] {
  return findExamples(value, 0).map((one) =>
    parseCandidate(one, shape, one === value ? text : renderJsonStart(one, 2000)),
  );
}

/** Finds the values that look like examples, at most four levels down; the value itself if none does. */
function findExamples(value: unknown, level: number): unknown[] {
  if (level > 4 || value === null || typeof value !== "object" || looksLikeExample(value))
    return [value];
  const inner = Object.values(value).flatMap((one) => findExamples(one, level + 1));
  const examples = inner.filter(looksLikeExample);
  return examples.length > 0 ? examples : [value];
}

/**
 * Reads a reply by the original's rule (data_creation.py): parts between blank lines, exactly as many as
 * were asked for, a missing outer brace added; one bad part drops the whole reply.
 */
function readParts(reply: Reply): ReplyItem[] {
  const parts = reply.text.trim().split("\n\n");
  if (parts.length !== reply.asked) {
    const evidence = `${parts.length} parts, expected ${reply.asked}`;
    return [reject("wrong count", "reply", evidence)];
  }
  const items = nameTruncation(
    parts.map((part) => readPart(part.trim(), reply)),
    reply,
  );
  const bad = items.find(isRejection);
  return bad ? [bad] : items;
}

function readPart(part: string, { shape }: Reply): ReplyItem {
  const text = `${part.startsWith("{") ? "" : "{"}${part}${part.endsWith("}") ? "" : "}"}`;
  try {
    return parseCandidate(JSON.parse(text), shape, part);
  } catch {
    return reject("broken JSON", "reply", part, { candidate: part });
  }
}
