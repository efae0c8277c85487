import { z } from "zod";
import type { Completion, Parameters, Usage } from "./chat.ts";
import { showText, UnreadableError } from "./errors.ts";

/** A text, parts of one, or nothing. */
const contentSchema = z.union([
  z.string(),
  z.record(z.string(), z.unknown()),
  z.array(z.unknown()),
]);

const messageSchema = z.object({
  content: contentSchema.nullish(),
  refusal: z.unknown().optional(),
  reasoning: z.unknown().optional(),
  reasoning_content: z.unknown().optional(),
  tool_calls: z.unknown().optional(),
});

const choiceSchema = z
  .object({
    message: messageSchema.nullish(),
    text: z.string().nullish(),
    finish_reason: z.unknown().optional(),
  })
  .refine(({ message, text }) => message || typeof text === "string");

const replySchema = z.object({
  model: z.unknown().optional(),
  choices: z.array(z.unknown()),
  usage: z.unknown().optional(),
});

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
  const parsed = replySchema.safeParse(reply).data;
  const choices = parsed?.choices;
  const choice = choiceSchema.safeParse(choices?.[0]).data;
  if (!choice) throw unreadable(reply, choices?.length === 0);
  const { message, text: bare, finish_reason: named } = choice;
  const text = readText(message?.content) || bare || "";
  const finishReason = readFinishReason(named);
  const usage = readUsage(parsed?.usage);
  const completion = {
    text,
    finishReason,
    refusal: typeof message?.refusal === "string" ? message.refusal || null : null,
    usage,
    model: typeof parsed?.model === "string" ? parsed.model : model,
  };
  if (endings.filtered.test(finishReason ?? ""))
    return { ...completion, text: "", refused: `finish_reason ${finishReason}` };
  if (text.trim() !== "" || completion.refusal !== null) return completion;
  return { ...completion, empty: explainEmpty(completion, message ?? {}) };
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
  const { type, text } = content as Record<string, unknown>;
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
function readUsage(usage: unknown): Usage | null {
  if (usage === null || typeof usage !== "object") return null;
  const { prompt_tokens, completion_tokens, total_tokens } = usage as Record<string, unknown>;
  if (!isCount(prompt_tokens) || !isCount(completion_tokens)) return null;
  const rest = isCount(total_tokens) ? total_tokens - prompt_tokens : 0;
  return { promptTokens: prompt_tokens, completionTokens: Math.max(completion_tokens, rest) };
}

/** Explains why a reply has no text. */
function explainEmpty(
  { finishReason, usage }: Pick<Completion, "finishReason" | "usage">,
  {
    content,
    reasoning,
    reasoning_content: thought,
    tool_calls: calls,
  }: z.infer<typeof messageSchema> | Record<string, never>,
): string {
  const isThought = !!(reasoning || thought || (Array.isArray(content) && content.length > 0));
  if (Array.isArray(calls) && calls.length > 0) return "tool calls in place of text";
  const tokens = usage ? `${usage.completionTokens.toLocaleString("en-US")} tokens` : "no text";
  const what = isThought ? `${tokens}, all of them reasoning` : `${tokens}, none of them text`;
  return finishReason === "length" ? `${what}: raise --max-tokens` : what;
}
