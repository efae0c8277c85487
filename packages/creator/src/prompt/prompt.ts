import { type Example, hashValue, optionAt, toAnswer } from "@seedling/core/internal";
import { type ChatRequest, computeReplyLimit, type Parameters } from "../llm/chat.ts";

/** Whether every example has the formatting example's options (yes/no) or its own (multiple choice). */
export type Options = "fixed" | "varying";

/** The form that every example of a creation has: the formatting example's. */
export interface Shape {
  formatting: Example;
  options: Options;
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
 * and other control characters, which the original leaves raw, are escaped.
 */
export function renderShown(example: Example, options: Options): string {
  const question = [`"Question": "${escapeText(example.question)}"`];
  if (example.context) question.push(`"Context": "${escapeText(example.context)}"`);
  const answer = [
    `"Options": [${example.options.map(toAsciiJson).join(", ")}]`,
    `"Answer": "${escapeText(toAnswer(example))}"`,
  ];
  const fields = options === "fixed" ? [...answer, ...question] : [...question, ...answer];
  return `{\n${fields.join(",\n")}\n}`;
}

/**
 * Renders the sentence that asks for one label, by a request's index, so that labels come in turn
 * however replies arrive: with fixed options the label itself, else the position of the right option.
 */
export function renderWantedLabel({ formatting, options }: Shape, index: number): string {
  const label = index % formatting.options.length;
  return options === "fixed"
    ? `This time the right answer of every object is ${JSON.stringify(optionAt(formatting.options, label))}.`
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
  const answer = { Options: listOf(option, formatting.options.length), Answer: option };
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
