import { isValid, judgeCandidate } from "../filters/checks.ts";
import { type Agreement, createVerify, judgeAgreement } from "../filters/verify.ts";
import { type Candidate, isRejection, type Rejection, toExample } from "../reply/candidate.ts";
import type { ReplyItem } from "../reply/read-reply.ts";
import type { Shown } from "../settings/settings.ts";
import type { Chain } from "./chain.ts";
import type { CreationDependencies, Lineage } from "./creation.ts";
import type { CreationPlan } from "./creation-options.ts";
import { addReply, type CreationState } from "./creation-state.ts";

/** An example that passed everything in its chain. */
export interface Accepted {
  shown: Shown;
  more: Pick<Lineage, "agreement" | "closeTo">;
}

/** Creates the judge of candidates: form, duplicates, contamination, and the label check, in that order. */
export function createJudge(
  { shape, checks, chains, check }: CreationPlan,
  deps: CreationDependencies,
  { checking }: CreationState,
) {
  const { evaluated, answer } = deps;
  // What is filtered need not be counted.
  const counted = checks.some(({ reason }) => reason === "contaminated") ? null : evaluated;
  // With several chains near duplicates are found when these are merged.
  const near = chains === 1 ? deps.near : [];
  const verify =
    check &&
    answer &&
    createVerify({
      ...check,
      async chat(request) {
        const completion = await answer(request);
        addReply(checking, completion);
        checking.replies += 1;
        return completion;
      },
    });
  const begun = new WeakMap<Candidate, Promise<Agreement>>();
  return {
    /** Begins the label checks of a reply that came: they take as long as a request. */
    begin(items: readonly ReplyItem[], { seen }: Chain): Promise<Agreement>[] {
      return items.flatMap((item) => {
        if (!verify || isRejection(item) || !isValid(item, checks, shape)) return [];
        if (seen.find(item.question) !== null) return [];
        const agreement = verify(toExample(item));
        begun.set(item, agreement);
        return [agreement];
      });
    },
    /** @param depth requests between the formatting example and this candidate */
    async judge(
      candidate: Candidate,
      { seen, accepted }: Chain,
      depth: number,
    ): Promise<Accepted | Rejection> {
      const example = await judgeCandidate(candidate, checks, { shape, seen, near, evaluated });
      if (isRejection(example)) return example;
      const close = await counted?.find(example);
      const agreement = await (begun.get(candidate) ?? verify?.(example));
      const rejection =
        agreement && judgeAgreement(example, agreement, check?.minAgreement ?? null);
      if (rejection) return rejection;
      const shown: Shown = { example, line: null, depth };
      accepted.push(shown);
      seen.add(example.question);
      for (const index of near) await index.add(example.question);
      const item = close && { ...close.closeTo, field: close.field, similarity: close.similarity };
      return { shown, more: { ...(agreement && { agreement }), ...(item && { closeTo: item }) } };
    },
  };
}
