import { type Answer, type Example, optionAt } from "@seedling/core/internal";
import type { Chat } from "../llm/chat.ts";
import { type AnswerRequestOptions, buildAnswerRequest } from "../prompt/answer-prompt.ts";
import { readAnswer } from "../reply/read-answer.ts";

/** How test items are answered. */
export interface AnswerOptions extends Pick<AnswerRequestOptions, "parameters" | "seed" | "about"> {
  /** Sends `parameters`. */
  chat: Chat;
  /** Requests in flight at most. */
  concurrency: number;
  /** Called after each reply with the number of answered items. */
  progress: (answered: number) => void;
}

/** The answers to a test set as far as they came, and what ended them early. */
export interface Answered {
  /** One an item, in order; null: not answered. */
  answers: (Answer | null)[];
  /** The first error thrown; null: none was. */
  error: unknown;
}

/**
 * Asks each item once, by the prompt of a label check, without its label. After an error nothing more
 * is asked, and what is out is waited for. The answers are the same for any concurrency.
 */
export async function answerItems(
  examples: readonly Example[],
  { chat, concurrency, progress, ...options }: AnswerOptions,
): Promise<Answered> {
  const ended: Answered = { answers: examples.map(() => null), error: null };
  const rows = examples.entries();
  let answered = 0;
  const ask = async () => {
    for (const [row, example] of rows) {
      try {
        const completion = await chat(buildAnswerRequest({ ...options, example, ask: 0 }));
        const option = readAnswer(completion, example.options);
        const answer = option === null ? null : optionAt(example.options, option);
        ended.answers[row] = { row, answer };
        answered += 1;
        progress(answered);
      } catch (error) {
        ended.error ??= error;
      }
      if (ended.error !== null) return;
    }
  };
  const atOnce = Math.min(concurrency, examples.length);
  await Promise.all(Array.from({ length: atOnce }, ask));
  return ended;
}
