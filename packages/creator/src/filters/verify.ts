import { type Example, ExpectedError, optionAt, toAnswer } from "@seedling/core/internal";
import type { Chat, Completion } from "../llm/chat.ts";
import {
  type AnswerRequestOptions,
  buildAnswerRequest,
  buildLetterRequest,
  orderLettered,
  orderOptions,
} from "../prompt/prompt.ts";
import { type Rejection, reject, toCandidate } from "../reply/candidate.ts";
import { readAnswer } from "../reply/read-answer.ts";
import { readLetters } from "../reply/read-letters.ts";

/** How far a model that does not see the label agrees with it. */
export interface Agreement {
  /** Answers that were asked for. */
  asked: number;
  /** Answers with the label's text. */
  agreed: number;
  /** Answers that choose no option; they do not agree. */
  unreadable: number;
  /** The fraction of answers that agree; of letters the label's probability. */
  share: number;
  /** Answers by option; those with a repeated text count at its first place. */
  answers: number[];
  /** Of letters: the mean probability of each option, together 1. Left out: no answer is readable. */
  probabilities?: number[];
}

/** How a label check asks: for an option's text, or for the probabilities of letters. */
export type AnswerForm = keyof typeof buildCheckRequest;

/** Builds a label check's request of each form. */
export const buildCheckRequest = { text: buildAnswerRequest, letters: buildLetterRequest };

/** Whether the answers of a label check change what is kept, rather than only measure it. */
export function decidesKept(check: { relabel: boolean; minAgreement: number | null }): boolean {
  return check.relabel || check.minAgreement !== null;
}

/** Orders of lettered options whose probabilities are averaged. */
export const letterOrders = 2;

/**
 * Creates a label check: each question is answered `times` times, all at once.
 * @param options.chat sends `parameters`
 * @throws (when checking) what `chat` throws, after all the other answers have come; ExpectedError where letters
 *   are asked for and the server gives no probabilities
 */
export function createVerify({
  chat,
  times,
  answers = "text",
  ...options
}: Omit<AnswerRequestOptions, "example" | "ask"> & {
  chat: Chat;
  times: number;
  answers?: AnswerForm;
}) {
  return async (example: Example): Promise<Agreement> => {
    const asks = Array.from({ length: times }, async (_, ask) =>
      chat(buildCheckRequest[answers]({ ...options, example, ask })),
    );
    const replies = (await Promise.allSettled(asks)).map((end) => {
      if (end.status === "rejected") throw end.reason;
      return end.value;
    });
    if (answers === "letters") {
      const read = (reply: Completion, ask: number) =>
        readLetters(withProbabilities(reply), orderLettered({ ...options, example, ask }));
      return averageAnswers(replies.map(read), example);
    }
    const read = (reply: Completion, ask: number) =>
      readAnswer(reply, example.options, orderOptions({ ...options, example, ask }));
    return countAgreement(replies.map(read), example);
  };
}

/** @throws ExpectedError for a reply without the probabilities that were asked for, unless the server withheld it */
function withProbabilities(reply: Completion): Completion {
  if (reply.logprobs || reply.refused !== undefined || reply.refusal !== null) return reply;
  throw new ExpectedError(
    `answers by letters: expected the first token's probabilities (logprobs, top_logprobs), but the server gives none for ${reply.model}: ask for answers as text, or take a server that has them, such as llama.cpp's or vLLM`,
  );
}

/** Averages the probabilities of the readable answers. @param read by option, together 1; null: unreadable */
export function averageAnswers(
  read: readonly (readonly number[] | null)[],
  example: Example,
): Agreement {
  const chosen = read.map((one) => (one === null ? null : one.indexOf(Math.max(...one))));
  const readable = read.filter((one) => one !== null);
  if (readable.length === 0) return countAgreement(chosen, example);
  const { options } = example;
  const probabilities = options.map(
    (_, i) => readable.reduce((sum, one) => sum + (one[i] ?? 0), 0) / readable.length,
  );
  const ofLabel = probabilities.filter((_, i) => optionAt(options, i) === toAnswer(example));
  const share = ofLabel.reduce((sum, one) => sum + one, 0);
  return { ...countAgreement(chosen, example), share, probabilities };
}

/** Counts the answers that agree. @param chosen options' indices; null: unreadable */
export function countAgreement(chosen: readonly (number | null)[], example: Example): Agreement {
  const { options } = example;
  const label = toAnswer(example);
  const readable = chosen.filter((index) => index !== null);
  const agreed = readable.filter((index) => optionAt(options, index) === label).length;
  return {
    asked: chosen.length,
    agreed,
    unreadable: chosen.length - readable.length,
    share: agreed / chosen.length,
    answers: options.map((_, i) => readable.filter((index) => index === i).length),
  };
}

/** Finds the most frequent of the answers, or the most probable letter; null: none is readable, or several are. */
export function findMost({ answers, probabilities }: Agreement): number | null {
  const votes = probabilities ?? answers;
  const most = Math.max(...votes);
  const label = votes.indexOf(most);
  return most === 0 || votes.lastIndexOf(most) !== label ? null : label;
}

/**
 * Chooses an example's final label: what most of the answers choose. Where there is no such option its own label stays,
 * as it does where an option's text is repeated.
 */
export function relabel(example: Example, agreement: Agreement): Example {
  const label = findMost(agreement);
  const isSame = label === null || optionAt(example.options, label) === toAnswer(example);
  return isSame ? example : { ...example, label };
}

/** Rejects an example if a smaller fraction of the answers than `minAgreement` agrees with its label. */
export function judgeAgreement(
  example: Example,
  { asked, agreed, unreadable, share, probabilities }: Agreement,
  minAgreement: number | null,
): Rejection | null {
  if (minAgreement === null || share >= minAgreement) return null;
  const rest = unreadable > 0 ? ` (${unreadable} unreadable)` : "";
  const label = toAnswer(example);
  const evidence = probabilities
    ? `the probability of ${label} is ${share.toFixed(2)}${rest}`
    : `${agreed} of ${asked} answers agree with ${label}${rest}`;
  return reject("too little agreement", "answer", evidence, {
    similarity: share,
    candidate: toCandidate(example),
  });
}
