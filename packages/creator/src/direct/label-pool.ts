import { type Example, optionAt } from "@seedling/core/internal";
import { type Agreement, findMost, judgeAgreement } from "../filters/verify.ts";
import { type Rejection, reject, toCandidate } from "../reply/candidate.ts";
import type { PoolText } from "./read-pool.ts";

/** Finds how sure a classifier that is fitted to labelled examples is of others, each a probability. */
export type JudgeOthers = (
  labelled: readonly Example[],
  others: readonly Example[],
) => Promise<readonly number[]>;

/** Labelled texts from which on a classifier says something. */
const enough = 10;

/** Texts that are labelled before the first fit. */
const first = 20;

/** What labelling takes. */
export interface LabelPoolOptions {
  /** Texts that are labelled at most. */
  limit: number;
  /** Has a text answered without a label. */
  answer: (example: Example) => Promise<Agreement>;
  minAgreement: number | null;
  /** Chooses which texts are labelled where not all are; null: the first. */
  judge: JudgeOthers | null;
  /** Texts that are asked about at once. */
  concurrency: number;
  keep: (example: Example, text: PoolText, agreement: Agreement) => void;
  reject: (rejection: Rejection, text: PoolText) => void;
}

/**
 * Labels texts by a model's blind answers: the most frequent one, or the most probable letter, becomes the label. Where
 * not all are labelled, the first 20 are, and then again and again as many as are labelled already, those first of
 * which a classifier, fitted anew, is least sure (uncertainty sampling; Lewis & Gale 1994), of equally sure ones the
 * first. What is kept, and in which order, is the same at any concurrency.
 * @throws what `answer` throws, after what is out has come; what stands before it is kept
 */
export async function labelPool(
  texts: readonly PoolText[],
  options: LabelPoolOptions,
): Promise<void> {
  const { limit, judge, minAgreement, keep, reject: drop } = options;
  const labelled: Example[] = [];
  const take = (text: PoolText, answered: Agreement) => {
    const label = findMost(answered);
    if (label === null) return drop(rejectUndecided(text.example, answered), text);
    const example = { ...text.example, label };
    const agreement = agreeWith(label, answered);
    const rejection = judgeAgreement(example, agreement, minAgreement);
    if (rejection) return drop(rejection, text);
    labelled.push(example);
    keep(example, text, agreement);
  };
  let left = [...texts];
  for (let open = Math.min(limit, texts.length); open > 0; ) {
    const isWhole = judge === null || open === left.length;
    const ordered = isWhole ? left : await sortLeastSure(left, labelled, judge);
    const round = ordered
      .slice(0, isWhole ? open : Math.max(first, labelled.length))
      .slice(0, open);
    await askInOrder(round, options, take);
    open -= round.length;
    const asked = new Set(round);
    left = left.filter((text) => !asked.has(text));
  }
}

async function sortLeastSure(
  left: readonly PoolText[],
  labelled: readonly Example[],
  judge: JudgeOthers,
): Promise<PoolText[]> {
  const labels = new Set(labelled.map(({ label }) => label));
  if (labelled.length < enough || labels.size < 2) return [...left];
  const sure = await judge(
    labelled,
    left.map(({ example }) => example),
  );
  const ranked = left.map((text, i) => ({ text, sure: sure[i] ?? 1 }));
  // Of equals the order stays: sorting is stable.
  return ranked.sort((a, b) => a.sure - b.sure).map(({ text }) => text);
}

/** Asks about texts, several at once, and takes the answers in the texts' order. */
async function askInOrder(
  texts: readonly PoolText[],
  { answer, concurrency }: LabelPoolOptions,
  take: (text: PoolText, agreement: Agreement) => void,
): Promise<void> {
  const answers: (Agreement | undefined)[] = [];
  let failed = { at: texts.length, error: null as unknown };
  let [next, taken] = [0, 0];
  const work = async () => {
    while (next < failed.at) {
      const at = next++;
      try {
        answers[at] = await answer((texts[at] as PoolText).example);
      } catch (error) {
        if (at < failed.at) failed = { at, error };
        return;
      }
      for (; taken < failed.at && answers[taken]; taken++)
        take(texts[taken] as PoolText, answers[taken] as Agreement);
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, texts.length) }, work));
  if (failed.error !== null) throw failed.error;
}

/** How far the answers agree with the label that they gave. */
function agreeWith(label: number, { asked, answers, ...rest }: Agreement): Agreement {
  const agreed = answers[label] ?? 0;
  return { ...rest, asked, answers, agreed, share: rest.probabilities?.[label] ?? agreed / asked };
}

function rejectUndecided(example: Example, { asked, answers, unreadable }: Agreement): Rejection {
  const counts = answers.map((n, i) => `${n} ${optionAt(example.options, i)}`).join(", ");
  const evidence = `no label has most of ${asked} answers (${unreadable} unreadable; ${counts})`;
  const candidate = { ...toCandidate(example), answer: "" };
  return reject("too little agreement", "answer", evidence, { candidate });
}
