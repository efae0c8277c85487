import { type Endpoint, escapeControls, removeKey } from "@seedling/core/internal";
import { z } from "zod";
import { type Completion, logprobsSchema, type Parameters, type Usage } from "./chat.ts";
import { UnreadableError } from "./errors.ts";
import { finishReasons, toJsonObject } from "./server-response.ts";

/**
 * Reads a chat completion, as a server or the Batch API gives it: what is not needed may have any form.
 * Token counts that cannot be true are null.
 * @throws UnreadableError for anything else, with the whole reply: `readServerError` cuts it
 */
export function parseCompletion(
  reply: unknown,
  { model, maxTokens }: Parameters,
): Omit<Completion, "ms" | "at" | "adapted"> {
  const { choices, usage: counts, model: answering } = toJsonObject(reply);
  const all = Array.isArray(choices) ? choices.map(toJsonObject) : [];
  const withText = all.find((one) => readText(toJsonObject(one.message).content) !== "");
  const { message: said, text: bare, finish_reason: named, logprobs } = withText ?? all[0] ?? {};
  const message = toJsonObject(said);
  const { content, refusal } = message;
  const isMessage = message === said && ["string", "object", "undefined"].includes(typeof content);
  const isBare = (said ?? null) === null && typeof bare === "string";
  if (!isMessage && !isBare) throw unreadable(reply, Array.isArray(choices) && all.length === 0);
  const text = readText(content) || readText(bare);
  const usage = readUsage(toJsonObject(counts));
  const isThought = hasThoughts(message, counts);
  const isAtLimit =
    isThought && text === "" && usage !== null && usage.completionTokens >= Number(maxTokens);
  const finishReason = isAtLimit ? "length" : readFinishReason(named);
  const completion = {
    text,
    finishReason,
    refusal: typeof refusal === "string" && !/^(none|null|)$/i.test(refusal) ? refusal : null,
    usage,
    model: typeof answering === "string" ? answering : model,
    ...readLogprobs(logprobs),
  };
  if (finishReasons.filtered.test(finishReason ?? ""))
    return { ...completion, text: "", refused: `finish_reason ${finishReason}` };
  if (text.trim() !== "" || completion.refusal !== null) return completion;
  return { ...completion, empty: explainEmpty(completion, message, isThought) };
}

/** A completion without the key that was sent: a journal is shared, and servers echo what they are asked with. */
export function withoutKey<T extends object>(completion: T, { apiKey }: Endpoint): T {
  const clean = (value: unknown) => (typeof value === "string" ? removeKey(value, apiKey) : value);
  return Object.fromEntries(
    Object.entries(completion).map(([name, value]) => [name, clean(value)]),
  ) as T;
}

function unreadable(reply: unknown, isEmpty: boolean): UnreadableError {
  const shown = escapeControls(JSON.stringify(reply) ?? "nothing");
  const shape = JSON.stringify(reply, (_, value) =>
    typeof value === "object" ? value : typeof value,
  );
  return new UnreadableError(`expected a chat completion, got ${shown}`, { shape, isEmpty });
}

/** Joins the parts of a text; what a model thought is left out. Examples that came as JSON are their text. */
function readText(content: unknown): string {
  if (typeof content === "string") return content;
  if (Array.isArray(content)) {
    return content.every(isPart) ? content.map(readText).join("") : JSON.stringify(content);
  }
  if (content === null || typeof content !== "object") return "";
  const { type, thought, text, content: inner, value } = toJsonObject(content);
  if (thought === true || /think|thought|reason/i.test(String(type ?? ""))) return "";
  const part = text ?? inner ?? value;
  return part === undefined && type === undefined ? JSON.stringify(content) : readText(part);
}

/** Whether it is a part of a text, and not an example that came as JSON. */
function isPart(one: unknown): boolean {
  const { type, text, ...more } = toJsonObject(one);
  return typeof one === "string" || type !== undefined || (!!text && !Object.keys(more).length);
}

const firstTokenSchema = z.looseObject({
  content: z.tuple([z.looseObject({ top_logprobs: logprobsSchema })], z.unknown()),
});

/** Reads the most probable first tokens, as OpenAI's protocol has them; nothing where there are none. */
function readLogprobs(value: unknown): Pick<Completion, "logprobs"> {
  const { data } = firstTokenSchema.safeParse(value);
  return data ? { logprobs: data.content[0].top_logprobs } : {};
}

function readFinishReason(named: unknown): string | null {
  if (typeof named !== "string") return null;
  return finishReasons.length.test(named) ? "length" : named;
}

/** No request takes as many tokens: a server that counts more miscounts. */
const mostTokens = 1e7;

function readCount(value: unknown): number | null {
  const count = Math.ceil(Number(value ?? Number.NaN));
  return value !== "" && count >= 0 && count <= mostTokens ? count : null;
}

/** Reads token counts. Some servers count what a model thinks in the total alone, or apart: it is paid as what it says. */
function readUsage(usage: Record<string, unknown>): Usage | null {
  const promptTokens = readCount(usage.prompt_tokens ?? usage.input_tokens);
  const written = readCount(usage.completion_tokens ?? usage.output_tokens);
  const total = readCount(usage.total_tokens);
  if (promptTokens === null || (written === null && total === null)) return null;
  const thoughts = countThoughts(usage);
  const apart = thoughts > (written ?? 0) ? thoughts + (written ?? 0) : 0;
  const completionTokens = Math.max(written ?? 0, (total ?? 0) - promptTokens, apart);
  return { promptTokens, completionTokens };
}

function countThoughts(usage: unknown): number {
  const { completion_tokens_details: details } = toJsonObject(usage);
  return readCount(toJsonObject(details).reasoning_tokens) ?? 0;
}

function hasThoughts(message: Record<string, unknown>, usage: unknown): boolean {
  const { content, reasoning, reasoning_content: thought } = message;
  const isInParts = Array.isArray(content) && content.length > 0;
  return !!(reasoning || thought || isInParts) || countThoughts(usage) > 0;
}

/** Explains why a reply has no text. */
function explainEmpty(
  { finishReason, usage }: Pick<Completion, "finishReason" | "usage">,
  { tool_calls: calls, function_call: call }: Record<string, unknown>,
  isThought: boolean,
): string {
  const isCall = (Array.isArray(calls) && calls.length > 0) || call;
  if (isCall || /call/.test(finishReason ?? "")) return "tool calls in place of text";
  const tokens = usage ? `${usage.completionTokens.toLocaleString("en-US")} tokens` : "no text";
  const what = isThought ? `${tokens}, all of them reasoning` : `${tokens}, none of them text`;
  const said = usage || isThought ? what : "no text";
  return finishReason === "length" ? `${said}: raise --max-tokens` : said;
}
