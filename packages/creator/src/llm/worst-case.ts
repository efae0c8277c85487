import type { ChatRequest, Parameters, Usage } from "./chat.ts";

/** Tokens for a prompt's frame: roles and separators. */
const frame = 32;

/** What a request can take at most: a token stands for a byte at least, and a reply has its limit. */
export function toWorstCase(request: ChatRequest, { maxTokens }: Parameters): Usage {
  const { messages, schema } = request;
  const texts = messages.map(({ content }) => content);
  if (schema) texts.push(JSON.stringify(schema));
  const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  return { promptTokens: bytes + frame, completionTokens: maxTokens };
}
