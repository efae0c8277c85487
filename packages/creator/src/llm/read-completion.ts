import type { Completion, Parameters, Usage } from "./chat.ts";
import { showText, UnreadableError } from "./errors.ts";
import { toJsonObject } from "./server-response.ts";

/** What servers call a reply that ended at its limit, and one that was withheld for its content. */
const endings = {
  length: /^(length|max_(output_|completion_)?tokens|max_length|model_length)$/i,
  filtered:
    /content.?filter|^(safety|sensitive|blocklist|prohibited_content|recitation|moderation)$/i,
};

/**
 * Reads a chat completion, as a server or the Batch API gives it: what is not needed may have any form.
 * Token counts that cannot be true are null.
 * @throws UnreadableError for anything else
 */
export function parseCompletion(
  reply: unknown,
  { model }: Parameters,
): Omit<Completion, "ms" | "at" | "adapted"> {
  const { choices, usage: counts, model: answering } = toJsonObject(reply);
  const [first] = Array.isArray(choices) ? choices : [];
  const { message: said, text: bare, finish_reason: named } = toJsonObject(first);
  const message = toJsonObject(said);
  const { content, refusal } = message;
  const isReadable = message === said && ["string", "object", "undefined"].includes(typeof content);
  if (!isReadable && typeof bare !== "string")
    throw unreadable(reply, Array.isArray(choices) && choices.length === 0);
  const text = readText(content) || readText(bare);
  const finishReason = readFinishReason(named);
  const usage = readUsage(toJsonObject(counts));
  const completion = {
    text,
    finishReason,
    refusal: typeof refusal === "string" ? refusal || null : null,
    usage,
    model: typeof answering === "string" ? answering : model,
  };
  if (endings.filtered.test(finishReason ?? ""))
    return { ...completion, text: "", refused: `finish_reason ${finishReason}` };
  if (text.trim() !== "" || completion.refusal !== null) return completion;
  return { ...completion, empty: explainEmpty(completion, message) };
}

function unreadable(reply: unknown, isEmpty: boolean): UnreadableError {
  const shown = showText(JSON.stringify(reply) ?? "nothing", 200);
  const shape = JSON.stringify(reply, (_, value) =>
    typeof value === "object" ? value : typeof value,
  );
  return new UnreadableError(`expected a chat completion, got ${shown}`, { shape, isEmpty });
}

/** Joins the parts of a text; what a model thought is left out. */
function readText(content: unknown): string {
  if (typeof content === "string") return content;
  if (Array.isArray(content)) return content.map(readText).join("");
  if (content === null || typeof content !== "object") return "";
  const { type, text } = toJsonObject(content);
  return /think|thought|reason/i.test(String(type ?? "")) ? "" : readText(text);
}

function readFinishReason(named: unknown): string | null {
  if (typeof named !== "string") return null;
  return endings.length.test(named) ? "length" : named;
}

/** No request takes as many tokens: a server that counts more miscounts. */
const mostTokens = 1e7;

const isCount = (value: unknown): value is number =>
  Number.isInteger(value) && (value as number) >= 0 && (value as number) <= mostTokens;

/** Reads token counts. Some servers count what a model thinks in the total alone: it is paid as what it says. */
function readUsage(usage: Record<string, unknown>): Usage | null {
  const { prompt_tokens, completion_tokens, total_tokens } = usage;
  if (!isCount(prompt_tokens) || !isCount(completion_tokens)) return null;
  const rest = isCount(total_tokens) ? total_tokens - prompt_tokens : 0;
  return { promptTokens: prompt_tokens, completionTokens: Math.max(completion_tokens, rest) };
}

/** Explains why a reply has no text. */
function explainEmpty(
  { finishReason, usage }: Pick<Completion, "finishReason" | "usage">,
  { content, reasoning, reasoning_content: thought, tool_calls: calls }: Record<string, unknown>,
): string {
  const isThought = !!(reasoning || thought || (Array.isArray(content) && content.length > 0));
  if (Array.isArray(calls) && calls.length > 0) return "tool calls in place of text";
  const tokens = usage ? `${usage.completionTokens.toLocaleString("en-US")} tokens` : "no text";
  const what = isThought ? `${tokens}, all of them reasoning` : `${tokens}, none of them text`;
  return finishReason === "length" ? `${what}: raise --max-tokens` : what;
}
