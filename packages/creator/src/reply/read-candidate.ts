import { toNfc } from "@seedling/core/internal";
import { isListing, type Shape } from "../prompt/prompt.ts";
import { type Candidate, type Rejection, reject } from "./candidate.ts";
import { type ExampleField, findField, foldKey, foldKeys, pickField } from "./find-field.ts";
import {
  isSequence,
  type MarkedOptions,
  matchMark,
  matchOption,
  type ReadingRule,
  withoutMarks,
} from "./match-option.ts";

/** What is not a question, but stands for one. */
const placeholder =
  /^(?:[\s.…_*?–—"'“”‘’«»<>()[\]{}-]*|["'[<({]*(?:todo|tbd|n\/?a|null|undefined|x{3,}|etc)[\])>}"'.…]*|[[<{]\s*(?:your|insert|enter|write|add|put)\s[^[\]<>{}]{1,60}[\]>}]|[<[{(]{0,2}\s*(?:(?:your|the|a|new|example|sample|another|insert|next|first|second|third)\s+)*(?:question|text|sentence|string|example|review|comment|tweet|headline)(?:\s+(?:text|here|goes here|\d+))*[\s.…]*[>\]})]{0,2}|lorem ipsum.*)$/i;

/**
 * Reads a candidate from a parsed value. By the rule "salvage", however its fields, options and answer are written,
 * where that can mean one thing only, with a context exactly where the formatting example has one. By "strict", only as
 * it is written: under plain keys in any case; a context may be missing, as in the original. Fixed options that the
 * shown example does not list are the formatting example's.
 * @param text what the value was read from, for the rejection
 * @param shared options of the whole reply, for an example without its own; null: there are none
 */
export function readCandidate(
  value: unknown,
  { formatting, options: form }: Shape,
  text: string,
  { isStrict = false, shared = null as unknown } = {},
): Candidate | Rejection {
  const fields = foldKeys(value, isStrict);
  const rules = new Set<ReadingRule>();
  const read = (field: ExampleField) => {
    const found = pickField(fields, field, isStrict);
    if (found && !found.isPlain) rules.add("read by another key");
    return found?.value;
  };
  const wrong = (field: ExampleField, evidence: string) =>
    reject("wrong fields", field, evidence, { candidate: text });
  const missing = (field: ExampleField) =>
    wrong(field, `${field} among ${[...fields.keys()].join(", ")}`);
  const question = toText(read("question"));
  if (question === null) return missing("question");
  if (!isStrict && placeholder.test(question)) return wrong("question", question);
  const isListed = isListing(form, formatting.options.length);
  const own = isListed ? read("options") : formatting.options;
  if (own === undefined && shared !== null) rules.add("read options of the whole reply");
  const written = isStrict ? toOptions(own) : toMarkedOptions(own ?? shared, rules);
  if (written === null) return missing("options");
  const said = read("answer");
  const only = isStrict ? undefined : toOnly(said);
  if (only !== undefined) rules.add("read answer from a list or object");
  const answer = toText(only ?? said);
  if (answer === null) return missing("answer");
  const context = formatting.context === null ? null : toText(read("context"));
  if ("length" in written) return { question, context, options: written, answer };
  if (context === null && formatting.context !== null) return missing("context");

  const { options, marks } = withFormattingMarks(written, formatting.options, rules);
  const match =
    matchOption(answer, options) ??
    matchMark(answer, options, marks) ??
    matchOption(answer, withoutMarks(options)?.texts ?? []);
  if (match?.rule) rules.add(match.rule);
  const isFixed = form === "fixed" && isListed;
  const order = isFixed ? findOrder(options, formatting.options, rules) : null;
  const labels = order || !isListed ? formatting.options : options;
  const candidate: Candidate = {
    question,
    context,
    options: [...labels],
    answer: match ? (labels[order?.[match.index] ?? match.index] ?? answer) : answer,
  };
  return rules.size > 0 ? { ...candidate, readBy: [...rules] } : candidate;
}

/**
 * Reads a text that is not empty, in Unicode's form NFC; JSON's booleans are the option texts "True" and "False". Half a
 * surrogate pair, which UTF-8 cannot hold and servers refuse, becomes the replacement character.
 */
function toText(value: unknown): string | null {
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "number") return String(value);
  const text = typeof value === "string" ? value.trim() : "";
  if (text === "") return null;
  // Latin-1 is in that form, and nearly every text is in Latin-1.
  if (!/[^\0-\xff]/.test(text)) return text;
  return toNfc(text.replace(/\p{Surrogate}/gu, "\ufffd"));
}

/** What a list or an object with one text holds, behind its letter if it has one; undefined: it is not one. */
function toOnly(value: unknown): string | undefined {
  if (value === null || typeof value !== "object") return undefined;
  if (Array.isArray(value)) return value.length === 1 ? (toText(value[0]) ?? undefined) : undefined;
  const pair = toPair(value);
  const [mark = "", one] = isPair(pair) ? (Object.entries(pair)[0] ?? []) : [];
  const text = toText(one);
  if (text === null) return undefined;
  return /^(?:[A-Z]|\d{1,2})$/i.test(mark) ? `${mark}. ${text}` : text;
}

function toOptions(value: unknown): string[] | null {
  if (!Array.isArray(value)) return null;
  const options = value.map(toText);
  return options.some((option) => option === null) ? null : (options as string[]);
}

/** Reads options from an array, or from an object by letter or number. */
function toMarkedOptions(value: unknown, rules: Set<ReadingRule>): MarkedOptions | null {
  if (value === null || typeof value !== "object") return null;
  const pairs = Array.isArray(value) ? value.map(toPair) : [];
  const isPairs = pairs.length > 0 && pairs.every(isPair);
  if (Array.isArray(value) && !isPairs) {
    const texts = toOptions(value);
    return texts && { texts, marks: null };
  }
  const object: object = isPairs ? Object.assign({}, ...pairs) : value;
  const marks = Object.keys(object).map((key) =>
    foldKey(key)
      .replace(/^(?:option|choice|answer) ?(?=\w)/, "")
      .toUpperCase(),
  );
  const texts = toOptions(Object.values(object).map((one) => findField(one, "question") ?? one));
  const isRepeated = isPairs && marks.length < pairs.length;
  if (texts === null || isRepeated || !isSequence(marks)) return null;
  rules.add("read options from an object");
  return { texts, marks };
}

/** An option given as `{"label": "A", "text": "..."}` in the form `{"A": "..."}`; anything else as it is. */
function toPair(value: unknown): unknown {
  if (value === null || typeof value !== "object") return value;
  const entries = Object.entries(value);
  const mark = entries.find(([key]) => /^(?:label|key|letter|id|option|number)$/i.test(key));
  const text = entries.find(([key]) => /^(?:text|value|content|answer)$/i.test(key));
  return entries.length === 2 && mark && text ? { [String(mark[1])]: text[1] } : value;
}

/** Whether a value is an object with one key, as `{"A": "..."}`. */
function isPair(value: unknown): value is object {
  return value !== null && typeof value === "object" && Object.keys(value).length === 1;
}

/** Takes off the options' letters, unless the formatting example's have them too. */
function withFormattingMarks(
  { texts, marks }: MarkedOptions,
  formatting: readonly string[],
  rules: Set<ReadingRule>,
): { options: string[]; marks: string[] | null } {
  const bare = withoutMarks(texts);
  if (!bare) return { options: texts, marks };
  if (withoutMarks(formatting)) return { options: texts, marks: bare.marks };
  rules.add("read options without their letters");
  return { options: bare.texts, marks: bare.marks };
}

/** Finds the label that each of a candidate's options is, if they are all of the labels, each once. */
function findOrder(
  options: readonly string[],
  labels: readonly string[],
  rules: Set<ReadingRule>,
): number[] | null {
  if (options.length !== labels.length) return null;
  const matches = options.map((option) => matchOption(option, labels));
  const order = matches.map((match) => match?.index ?? -1);
  if (new Set(order).size < labels.length || order.includes(-1)) return null;
  for (const match of matches) if (match?.rule) rules.add(match.rule);
  if (order.some((label, i) => label !== i)) rules.add("read in another order");
  return order;
}
