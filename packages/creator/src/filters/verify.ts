import { type Example, optionAt, toAnswer } from "@seedling/core/internal";
import type { Chat } from "../llm/chat.ts";
import { type AnswerRequestOptions, buildAnswerRequest, orderOptions } from "../prompt/prompt.ts";
import { type Rejection, reject, toCandidate } from "../reply/candidate.ts";
import { readAnswer } from "../reply/read-answer.ts";

/** How far a model that does not see the label agrees with it. */
export type Agreement = ReturnType<typeof countAgreement>;

/**
 * Creates a label check: each question is answered `times` times, all at once.
 * @param options.chat sends `parameters`
 * @throws (when checking) what `chat` throws, after all the other answers have come
 */
export function createVerify({
  chat,
  times,
  ...options
}: Omit<AnswerRequestOptions, "example" | "ask"> & { chat: Chat; times: number }) {
  return async (example: Example) => {
    const asks = Array.from({ length: times }, async (_, ask) =>
      chat(buildAnswerRequest({ ...options, example, ask })),
    );
    const ends = await Promise.allSettled(asks);
    const chosen = ends.map((end, ask) => {
      if (end.status === "rejected") throw end.reason;
      return readAnswer(end.value, example.options, orderOptions({ ...options, example, ask }));
    });
    return countAgreement(chosen, example);
  };
}

/** Counts the answers that agree. @param chosen options' indices; null: unreadable */
export function countAgreement(chosen: readonly (number | null)[], example: Example) {
  const { options } = example;
  const label = toAnswer(example);
  const readable = chosen.filter((index) => index !== null);
  const agreed = readable.filter((index) => optionAt(options, index) === label).length;
  return {
    /** Answers that were asked for. */
    asked: chosen.length,
    /** Answers with the label's text. */
    agreed,
    /** Answers that choose no option; they do not agree. */
    unreadable: chosen.length - readable.length,
    share: agreed / chosen.length,
    /** Answers by option; those with a repeated text count at its first place. */
    answers: options.map((_, i) => readable.filter((index) => index === i).length),
  };
}

/**
 * Chooses an example's final label: the most frequent of the answers. Where none is readable, or the most frequent
 * are several, its own label stays, as it does where an option's text is repeated.
 */
export function relabel(example: Example, { answers }: Agreement): Example {
  const most = Math.max(...answers);
  const label = answers.indexOf(most);
  const isTied = most === 0 || answers.lastIndexOf(most) !== label;
  const isSame = optionAt(example.options, label) === toAnswer(example);
  return isTied || isSame ? example : { ...example, label };
}

/** Rejects an example if a smaller fraction of the answers than `minAgreement` agrees with its label. */
export function judgeAgreement(
  example: Example,
  { asked, agreed, unreadable, share }: Agreement,
  minAgreement: number | null,
): Rejection | null {
  if (minAgreement === null || share >= minAgreement) return null;
  const rest = unreadable > 0 ? ` (${unreadable} unreadable)` : "";
  const evidence = `${agreed} of ${asked} answers agree with ${toAnswer(example)}${rest}`;
  return reject("too little agreement", "answer", evidence, {
    similarity: share,
    candidate: toCandidate(example),
  });
}
