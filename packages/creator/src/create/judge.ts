import { type CheckContext, isValid, judgeCandidate } from "../filters/checks.ts";
import { judgeAgreement } from "../filters/verify.ts";
import { type Candidate, isRejection, type Rejection, toExample } from "../reply/candidate.ts";
import type { ReplyItem } from "../reply/read-reply.ts";
import type { Shown } from "../settings/settings.ts";
import type { Chain, PendingRequest } from "./chain.ts";
import type { CreationDependencies, CreationPlan, Lineage } from "./creation.ts";

/** An example that passed everything in its chain. */
export interface Accepted {
  shown: Shown;
  more: Pick<Lineage, "agreement" | "closeTo" | "readBy">;
}

/** Judges candidates: form, duplicates, contamination, and the label check, in that order. */
export interface Judge {
  /** Begins the label checks of a reply that came: they take as long as a request. */
  begin: (items: readonly ReplyItem[], chain: Chain, asked: PendingRequest) => void;
  judge: (
    candidate: Candidate,
    chain: Chain,
    asked: PendingRequest,
  ) => Promise<Accepted | Rejection>;
}

/** Creates the judge of a creation's candidates. */
export function createJudge(plan: CreationPlan, deps: CreationDependencies): Judge {
  const { shape, checks, minAgreement } = plan;
  const { evaluated, verify } = deps;
  // What is filtered need not be counted.
  const counted = checks.some(({ name }) => name === "contaminated") ? null : evaluated;
  // With several chains near duplicates are found when these are merged.
  const near = plan.chains === 1 ? deps.near : null;
  const createContext = ({ seen }: Chain): CheckContext => ({ shape, seen, near, evaluated });
  return {
    begin(items, chain, asked) {
      if (!verify) return;
      for (const item of items) {
        if (isRejection(item) || !isValid(item, checks, shape)) continue;
        if (chain.seen.find(item.question) !== null) continue;
        const check = verify(toExample(item));
        check.catch(() => {}); // Whoever awaits it sees the failure.
        asked.checks.set(item, check);
      }
    },
    async judge(candidate, chain, asked) {
      const example = await judgeCandidate(candidate, checks, createContext(chain));
      if (isRejection(example)) return example;
      const closeTo = await counted?.find(example);
      const agreement = await (asked.checks.get(candidate) ?? verify?.(example));
      const rejection = agreement && judgeAgreement(example, agreement, minAgreement);
      if (rejection) return rejection;
      chain.seen.add(example.question, chain.accepted);
      await near?.add(example, chain.accepted);
      chain.accepted += 1;
      return {
        shown: { example, line: null, depth: asked.shown.depth + 1 },
        more: {
          ...(agreement && { agreement }),
          ...(closeTo && { closeTo }),
          ...(candidate.readBy && { readBy: candidate.readBy }),
        },
      };
    },
  };
}
