import { parseJson } from "@seedling/core/internal";
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
import { findField, hasQuestion } from "./find-field.ts";
import { findObjects } from "./find-objects.ts";
import { parseObject } from "./parse-relaxed.ts";
import { readCandidate } from "./read-candidate.ts";
import { withoutReasoning } from "./reasoning.ts";

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
    const items = rules[rule]({
      text,
      truncated,
      shape,
      asked,
      isValid: (candidate) => isValid(candidate, shape),
    });
    const nothing = items.every((one) => isRejection(one) && isWholeReply(one));
    return refusal !== null && nothing ? [reject("refusal", "reply", refusal)] : items;
  };
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
  const text = withoutReasoning(reply.text);
  const items = findFields(text).flatMap((object) => readObject(object, reply, 0));
  return nameTruncation(
    items.length > 0 ? items : [reject("no JSON", "reply", text.trim() || explainThought(reply))],
    reply,
  );
}

/** Explains why nothing is left of a reply without its thoughts. */
function explainThought({ text, truncated }: Reply): string {
  if (text.trim() === "") return "";
  return `all of it is reasoning${truncated ? ": raise --max-tokens" : ""}`;
}

/** Finds the objects that may hold a field; braces in prose do not. */
function findFields(text: string): string[] {
  return findObjects(text).filter((object) => object.includes(":"));
}

/**
 * Reads an object's examples. One that is not JSON is read as nearly JSON, or the objects inside it are read each
 * for itself, whichever gives more: a stray brace swallows everything that follows.
 */
function readObject(text: string, reply: Reply, level: number): ReplyItem[] {
  const { value, isJson, isDeep } = parseObject(text);
  const fault = isDeep ? "nested deeper than 100 levels" : text;
  const outer =
    value === undefined
      ? [reject("broken JSON", "reply", fault, { candidate: text })]
      : readExamples(value, text, reply);
  if (isJson) return outer;
  const objects = level < 4 ? findFields(text.slice(1)) : [];
  const inner = objects.flatMap((one) => readObject(one, reply, level + 1));
  return countValid(inner, reply) > countValid(outer, reply) ? inner : outer;
}

function countValid(items: ReplyItem[], { isValid }: Reply): number {
  return items.filter((one) => !isRejection(one) && isValid(one)).length;
}

function readExamples(value: unknown, text: string, { shape }: Reply): ReplyItem[] {
  return findExamples(value, 0, null).map(({ example, options: shared }) =>
    readCandidate(example, shape, example === value ? text : JSON.stringify(example), { shared }),
  );
}

/** Finds the values that look like examples, at most four levels down, with the options of what they stand in; the value itself if none does. */
function findExamples(
  value: unknown,
  level: number,
  options: unknown,
): { example: unknown; options: unknown }[] {
  const found = [{ example: value, options }];
  if (level > 4 || value === null || typeof value !== "object" || hasQuestion(value)) return found;
  const shared = findField(value, "options") ?? options;
  const inner = Object.values(value).flatMap((one) => findExamples(one, level + 1, shared));
  const examples = inner.filter(
    ({ example }) => hasQuestion(example) || findField(example, "options") !== undefined,
  );
  return examples.length > 0 ? examples : found;
}

/**
 * Reads a reply by the original's rule (data_creation.py): parts between blank lines, exactly as many as
 * were asked for, a missing outer brace added. Each part is judged alone; one that is not JSON drops the reply.
 */
function readParts(reply: Reply): ReplyItem[] {
  // Some templates leave out the tag that opens thoughts, a truncated reply the one that closes them.
  const [text = ""] = reply.text.split("</think>").at(-1)?.split("<think>") ?? [];
  const parts = text.trim().split("\n\n");
  if (parts.length !== reply.asked) {
    const evidence = `${parts.length} parts, expected ${reply.asked}`;
    return [reject(reply.truncated ? "truncated" : "wrong count", "reply", evidence)];
  }
  const items = parts.map((part) => readPart(part.trim(), reply));
  const bad = items.findIndex((one) => isRejection(one) && one.reason === "broken JSON");
  return bad < 0 ? nameTruncation(items, reply) : nameTruncation(items, reply).slice(bad, bad + 1);
}

function readPart(part: string, { shape }: Reply): ReplyItem {
  const text = `${part.startsWith("{") ? "" : "{"}${part}${part.endsWith("}") ? "" : "}"}`;
  const broken = () => reject("broken JSON", "reply", part, { candidate: part });
  if (part === "") return broken();
  try {
    return readCandidate(parseJson(text), shape, part, { isStrict: true });
  } catch {
    return broken();
  }
}
