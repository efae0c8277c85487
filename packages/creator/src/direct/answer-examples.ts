import type { Example } from "@seedling/core/internal";
import { addReply, createTokenCount, throwIfMostlyCut } from "../create/creation.ts";
import type { Chat, Completion, Parameters } from "../llm/chat.ts";
import { buildAnswerRequest, orderOptions } from "../prompt/prompt.ts";
import { readAnswer } from "../reply/read-answer.ts";

/** How a language model is asked for the labels of examples. */
export interface AnswerOptions {
  /** Sends `parameters`. */
  chat: Chat;
  /** Part of each request's key, which a journal finds its reply by. Default: temperature 1, topP 1, maxTokens 2048. */
  parameters?: Partial<Parameters> | undefined;
  /** Draws the order of the options. Default: 1. */
  seed?: number | undefined;
  /** What the task is, in words. Default: nothing is said of it. */
  about?: string | null | undefined;
  /** Requests in flight at most. Default: 16. */
  concurrency?: number | undefined;
  /** Is called with each reply as it comes, and how many have come. */
  onReply?: ((completion: Completion, answered: number) => void) | undefined;
}

/** What is asked about: the label is not shown. */
export type AskedExample = Omit<Example, "label">;

/**
 * Has a language model choose among each example's options, asked once. After an error nothing more is asked, and
 * what is out is waited for. The answers are the same for any concurrency.
 * @returns for each example the index of the option; null: none can be read; undefined: it was not asked. Beside them
 *   what ended it early, as `chat` threw it, or null; and the tokens
 */
export async function answerExamples(
  examples: readonly AskedExample[],
  { chat, seed = 1, about = null, concurrency = 16, onReply, ...options }: AnswerOptions,
) {
  const parameters = { model: "", temperature: 1, topP: 1, maxTokens: 2048, ...options.parameters };
  const answers: (number | null | undefined)[] = examples.map(() => undefined);
  const usage = createTokenCount();
  const rows = examples.entries();
  let answered = 0;
  let error: unknown = null;
  const ask = async () => {
    for (const [row, unlabelled] of rows) {
      try {
        const asked = { example: { ...unlabelled, label: 0 }, ask: 0, parameters, seed, about };
        const completion = await chat(buildAnswerRequest(asked));
        addReply(usage, completion);
        answered += 1;
        const { maxTokens } = parameters;
        throwIfMostlyCut(usage, { answers: answered, all: examples.length, maxTokens });
        answers[row] = readAnswer(completion, unlabelled.options, orderOptions(asked));
        onReply?.(completion, answered);
      } catch (thrown) {
        error ??= thrown;
      }
      if (error !== null) return;
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, examples.length) }, ask));
  return { answers, error, usage };
}
