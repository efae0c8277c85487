import { isCreated } from "../data/sources.ts";
import type { Request } from "../flags/command-line.ts";
import { type Flags, findInitial, isReadBy, toOption } from "../flags/flags.ts";
import { callCommand } from "../logs/paths.ts";
import { FlagError } from "../messages/errors.ts";
import { renderPercent } from "../messages/render-numbers.ts";
import type { CreationManifest } from "./reply-manifests.ts";
import type { Run } from "./run.ts";

/** Answers to a question from which their fractions are probabilities to train on. */
export const leastAnswers = 3;

/** Options that have a letter in a label check by letters: a server gives the 20 most probable tokens at most. */
export const mostLetters = 20;

/** How labels are checked: how many answers an example, and whether these decide its label; null: they are not. */
export function chooseLabelCheck({ verify, relabel }: Pick<Flags, "verify" | "relabel">) {
  const decides = typeof relabel === "number";
  const times = decides ? relabel : verify;
  return times === null ? null : { times, relabel: decides };
}

/** Checks what a run asks of its label check, before anything is paid for. @throws FlagError */
export function checkLabelCheck({ source, flags, task, completions }: Run): void {
  if (!isCreated(source)) return;
  const { labels, relabel, verify, answers, batch, model } = flags;
  if (typeof relabel === "number" && verify !== null && verify !== relabel)
    throw new FlagError(
      `--relabel ${relabel}: expected --verify ${relabel} or none, got --verify ${verify}: the same answers decide the label and say how far they agree`,
    );
  const { times } = chooseLabelCheck(flags) ?? { times: 0 };
  const isByLetters = answers === "letters" && times > 0;
  if (labels === "answered" && times === 0)
    throw new FlagError(
      "--labels answered: expected answers that are stored: --verify 1 (or more) as the creation was made with",
    );
  if (labels === "soft" && !isByLetters && times < leastAnswers)
    throw new FlagError(
      `--labels soft: expected answers to learn from: --relabel ${leastAnswers} or --verify ${leastAnswers} (or more), or --answers letters beside --relabel or --verify 1; got ${times} an example`,
    );
  if (!isByLetters || completions?.kind !== "live") return;
  const expected = "--answers letters: expected";
  if (times > 1)
    throw new FlagError(
      `${expected} --relabel or --verify 1, got ${times}: the probabilities are of two orders of the options, once`,
    );
  if (task.optionCount > mostLetters)
    throw new FlagError(
      `${expected} ${mostLetters} options at most, got ${task.optionCount} (${task.name})`,
    );
  if (batch || completions.file !== null)
    throw new FlagError(
      `${expected} a server that is asked at once, got ${batch ? "--batch" : `the file ${model}`}`,
    );
}

/** Flags that are read beside a label check alone. */
export const checkFlags = ["answers", "verifyModel", "minAgreement"] as const;

/** Checks that flags of a label check which were given have one to change. @throws FlagError */
export function checkReadsAnswers({ flags, given }: Request, runs: readonly Run[]): void {
  const created = runs.filter(({ source }) => isCreated(source));
  if (created.length === 0) return;
  for (const name of checkFlags) {
    const isOther = given.has(name) && flags[name] !== findInitial(name);
    if (isOther && !created.some((run) => isReadBy(name, run.source, run.flags)))
      throw new FlagError(
        `${toOption(name)} ${flags[name]}: expected answers that check labels: give --relabel or --verify N beside it`,
      );
  }
}

/** Whether candidates rejected for a reason went through the label check first, where there is one. */
export function isLabelChecked(reason: string): boolean {
  return reason === "too little agreement" || reason === "over quota";
}

/** Counts the examples of a creation with a label check that went through it. */
export function countLabelChecked({
  kept,
  rejections,
}: Pick<CreationManifest, "kept" | "rejections">): number {
  return Object.entries(rejections).reduce(
    (n, [reason, some]) => n + (isLabelChecked(reason) ? some : 0),
    kept,
  );
}

/** The agreement with created labels below which advice is given. */
export const lowAgreement = 0.8;

/**
 * Advises where answers agree with too few of the created labels: `--relabel` where they decide no label, else a look at
 * both. An agreement of 0 is a fault of another kind: a model that only guesses agrees with some.
 * @param folder the creation's
 * @returns null: nothing is known, or enough agree
 */
export function renderAgreementAdvice(
  check: { agreement: number | null; relabelled?: number | null | undefined } | null,
  folder: string,
): string | null {
  const { agreement = null, relabelled = null } = check ?? {};
  if (agreement === null || agreement >= lowAgreement) return null;
  if (agreement === 0)
    return "no blind answer agrees with a created label, or none could be read: see them by --preview, or name another --verify-model";
  const only = `only ${renderPercent(agreement)} of the answers agree with the created labels`;
  return relabelled === null
    ? `${only}: --relabel takes the answers as labels`
    : `${only}, which they replaced: compare both by ${callCommand("review")} "${folder}"`;
}
