import type { Shape } from "./prompt.ts";

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
