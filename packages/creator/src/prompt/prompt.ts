import { type Example, hashValue, optionAt, toAnswer } from "@seedling/core/internal";
import { type ChatRequest, computeReplyLimit, type Parameters } from "../llm/chat.ts";

/** Whether every example has the formatting example's options (yes/no) or its own (multiple choice). */
export type Options = "fixed" | "varying";

/** The form that every example of a creation has: the formatting example's. */
export interface Shape {
  formatting: Example;
  /** Further formatting examples of that form, which requests show in turn with the first. */
  further?: readonly Example[];
  options: Options;
}

/** Fixed options that an example lists; of more, which no prompt has room for in each object, a request asks for one. */
const mostListed = 20;

/** Whether examples list their options. */
export function isListing(options: Options, count: number): boolean {
  return options === "varying" || count <= mostListed;
}

/** The limit that a key tells where it is `original`: the flag's default, so that what was answered under it is not asked anew. */
const limitInKey = 2048;

/** Creates a request, its seed derived from these parts. */
export function createRequest(parts: {
  system: string;
  user: string;
  seedParts: readonly unknown[];
  parameters: Parameters;
  /** The JSON schema that the reply is to follow; null: none. */
  schema: object | null;
}): ChatRequest {
  const { system, user, seedParts, parameters, schema } = parts;
  const messages: ChatRequest["messages"] = [
    { role: "system", content: system },
    { role: "user", content: user },
  ];
  const seed = hash31(seedParts);
  const isOriginal = parameters.maxTokens === "original";
  const inKey = { ...parameters, ...(isOriginal && { maxTokens: limitInKey }) };
  const key = hashValue({ ...inKey, messages, seed, schema: schema ?? undefined });
  const request: ChatRequest = { messages, seed, key, ...(schema && { schema }) };
  return isOriginal ? { ...request, limit: computeReplyLimit(request, parameters) } : request;
}

/** Computes 31 bits of a value's hash. */
export function hash31(value: unknown): number {
  return Number.parseInt(hashValue(value).slice(0, 8), 16) >>> 1;
}

/**
 * Renders the shown example, byte for byte as the original's `example_instruction` (prompt.py) renders it:
 * options as JSON in ASCII, the other fields raw, field order by format. Quotes, backslashes, line breaks
 * and other control characters, which the original leaves raw, are escaped. More fixed options than fit are left out.
 */
export function renderShown(example: Example, options: Options): string {
  const question = [`"Question": "${escapeText(example.question)}"`];
  if (example.context) question.push(`"Context": "${escapeText(example.context)}"`);
  const answer = [`"Answer": "${escapeText(toAnswer(example))}"`];
  if (isListing(options, example.options.length))
    answer.unshift(`"Options": [${example.options.map(toAsciiJson).join(", ")}]`);
  const fields = options === "fixed" ? [...answer, ...question] : [...question, ...answer];
  return `{\n${fields.join(",\n")}\n}`;
}

/**
 * Renders the sentence that asks for one label: with fixed options the label itself, else the position of
 * the right option.
 * @param label its index among the options
 * @param descriptions what labels mean, where nothing else in the request says so
 */
export function renderWantedLabel(
  { formatting, options }: Shape,
  label: number,
  descriptions: Readonly<Record<string, string>> | null = null,
): string {
  const name = optionAt(formatting.options, label);
  const meaning = Object.hasOwn(descriptions ?? {}, name) ? ` (${descriptions?.[name]})` : "";
  return options === "fixed"
    ? `This time the right answer of every object is ${JSON.stringify(name)}${meaning}.`
    : `This time the right option of every object stands at place ${label + 1} among its options.`;
}

function escapeText(text: string): string {
  return text.replace(/["\\\p{Cc}]/gu, (character) => JSON.stringify(character).slice(1, -1));
}

function toAsciiJson(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

const text = { type: "string" };

/**
 * Creates the JSON schema, strict in OpenAI's sense, of a reply with exactly `perRequest` examples: an
 * object (strict mode allows no array at the root) that holds them as `examples`. Keys and their
 * order are those of the shown example, so that a server which writes in the schema's order writes
 * as the example does.
 */
export function createReplySchema({ formatting, options }: Shape, perRequest: number): object {
  const choices = [...new Set(formatting.options)];
  const option = options === "fixed" ? { type: "string", enum: choices } : text;
  const question = {
    Question: text,
    ...(formatting.context === null ? {} : { Context: text }),
  };
  const { length } = formatting.options;
  const listed = isListing(options, length) ? { Options: listOf(option, length) } : {};
  const answer = { ...listed, Answer: option };
  const example = options === "fixed" ? { ...answer, ...question } : { ...question, ...answer };
  return objectOf({ examples: listOf(objectOf(example), perRequest) });
}

function objectOf(properties: Record<string, object>) {
  return {
    type: "object",
    properties,
    required: Object.keys(properties),
    additionalProperties: false,
  };
}

function listOf(items: object, length: number) {
  return { type: "array", items, minItems: length, maxItems: length };
}

/** The limit of an answer in tokens that its key tells: what was sent before thinking models wanted more. */
const answerLimitInKey = 512;

/** What a question is asked with. */
export interface AnswerRequestOptions {
  example: Example;
  /** Which of the answers to this question is asked for, from 0. */
  ask: number;
  parameters: Parameters;
  /** The creation's. */
  seed: number;
  /** What the task is, in the user's words; null: nothing is said, as of a benchmark. */
  about: string | null;
}

/**
 * Builds a request for an example's answer without showing its label, nor the formatting example's, since a
 * small model repeats what it is shown. Options stand in another order at each asking, rotated by the
 * seed and the question, so that a preference for a position evens out.
 */
export function buildAnswerRequest(options: AnswerRequestOptions): ChatRequest {
  const { example, ask, parameters, seed, about } = options;
  const { maxTokens } = parameters;
  const inKey = maxTokens === "original" ? answerLimitInKey : Math.min(maxTokens, answerLimitInKey);
  const request = createRequest({
    system: [
      ...(about ? [about] : []),
      "Choose the option that is the right answer. Exactly one option is right.",
      'Output only a JSON object with one key: {"answer": "..."}, the right option word for word.',
    ].join("\n"),
    user: renderQuestion(example, orderOptions(options)),
    seedParts: [seed, "verify", ask],
    parameters: { ...parameters, maxTokens: inKey },
    schema: null,
  });
  return { ...request, limit: computeReplyLimit(request, parameters) };
}

/** Renders an example in the keys of the shown one, but without an answer. @param options null: they are left out, too */
export function renderQuestion(
  { question, context }: Example,
  options: readonly string[] | null,
): string {
  const fields = [
    ...(context === null ? [] : [`"Context": ${JSON.stringify(context)}`]),
    `"Question": ${JSON.stringify(question)}`,
    ...(options === null ? [] : [`"Options": ${JSON.stringify(options)}`]),
  ];
  return `{\n${fields.join(",\n")}\n}`;
}

/** Orders an example's options as this asking shows them. */
export function orderOptions({
  example: { options, question },
  seed,
  ask,
}: Pick<AnswerRequestOptions, "example" | "seed" | "ask">): string[] {
  const start = (hash31([seed, "options", question]) + ask) % options.length;
  return [...options.slice(start), ...options.slice(0, start)];
}

/**
 * Builds a request for the probabilities of an example's options, each with a letter, in one token. The second
 * asking shows them in the opposite order, so that a preference for a letter or a position evens out.
 */
export function buildLetterRequest(options: AnswerRequestOptions): ChatRequest {
  const { example, ask, parameters, seed, about } = options;
  const lettered = orderLettered(options).map(
    (index, i) => `${toLetter(i)}. ${optionAt(example.options, index)}`,
  );
  const request = createRequest({
    system: [
      ...(about ? [about] : []),
      "Choose the right option. Exactly one option is right.",
      "Output only its letter.",
    ].join("\n"),
    user: renderQuestion(example, lettered),
    seedParts: [seed, "letters", ask],
    parameters,
    schema: null,
  });
  return { ...request, logprobs: true };
}

/** Orders the indices of an example's options as an asking by letters shows them. */
export function orderLettered({
  example: { options, question },
  seed,
  ask,
}: Pick<AnswerRequestOptions, "example" | "seed" | "ask">): number[] {
  const start = hash31([seed, "options", question]) % options.length;
  const order = options.map((_, i) => (start + i) % options.length);
  return ask === 0 ? order : order.reverse();
}

/** Returns the letter of an option by its place, from 0. */
export function toLetter(place: number): string {
  return String.fromCharCode("A".charCodeAt(0) + place);
}
