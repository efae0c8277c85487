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
import { createMending, type Mend } from "./mend-object.ts";
import { looksLikeExample, parseCandidate, renderJsonStart } from "./parse-candidate.ts";

/** What a reply holds at one place. */
export type ReplyItem = Candidate | Rejection;

/** Reads a reply: what it holds, in its own order; one reading at least. */
export type ReadReply = (completion: Completion, shape: Shape, asked: number) => ReplyItem[];

/** A reply as a rule gets it. */
interface Reply {
  text: string;
  /** Whether it was cut by the limit of its length. */
  cut: boolean;
  shape: Shape;
  /** How many examples were asked for. */
  asked: number;
  /** Whether a candidate passes the checks of its form: of two ways to read an object the one with more such is taken. */
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
  const dropsCut = switches.reject?.includes("truncated");
  const allowsRefusal = switches.allow?.includes("refusal");
  return ({ text, refusal, finishReason }, shape, asked) => {
    const cut = finishReason === "length";
    if (refusal !== null && !allowsRefusal) return [reject("refusal", "reply", refusal)];
    if (cut && dropsCut) return [reject("truncated", "reply", text.trim().slice(-200))];
    const answer = withoutReasoning(text);
    const items = rules[rule]({
      text: answer,
      cut,
      shape,
      asked,
      isValid: (candidate) => isValid(candidate, shape),
    });
    const nothing = items.every((one) => isRejection(one) && isWholeReply(one));
    return refusal !== null && nothing ? [reject("refusal", "reply", refusal)] : items;
  };
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
function markCut(items: ReplyItem[], { cut }: Reply): ReplyItem[] {
  const last = items.at(-1);
  if (!cut || !last || !isRejection(last) || !unfinished.includes(last.reason)) return items;
  return [...items.slice(0, -1), { ...last, reason: "truncated" }];
}

/** Salvage: every example, whatever surrounds it. */
function readObjects(reply: Reply): ReplyItem[] {
  const { text } = reply;
  const mend = createMending(text.length);
  const items = findFields(text).flatMap((object) => readObject(object, reply, mend, 0));
  return markCut(items.length > 0 ? items : [reject("no JSON", "reply", text.trim())], reply);
}

/** The objects that may hold a field; braces in prose do not. */
function findFields(text: string): string[] {
  return findObjects(text).filter((object) => object.includes(":"));
}

/**
 * Reads an object's examples. One that is not JSON is mended, or the objects inside it are read each
 * for itself, whichever gives more: a stray brace swallows all that follows.
 */
function readObject(text: string, reply: Reply, mend: Mend, level: number): ReplyItem[] {
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

function countValid(items: ReplyItem[], { isValid }: Reply): number {
  return items.filter((one) => !isRejection(one) && isValid(one)).length;
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

function readExamples(value: unknown, text: string, { shape }: Reply): ReplyItem[] {
  return findExamples(value, 0).map((one) =>
    parseCandidate(one, shape, one === value ? text : renderJsonStart(one, 2000)),
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
function readParts(reply: Reply): ReplyItem[] {
  const parts = reply.text.trim().split("\n\n");
  if (parts.length !== reply.asked) {
    const evidence = `${parts.length} parts, expected ${reply.asked}`;
    return [reject("wrong count", "reply", evidence)];
  }
  const items = markCut(
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
