import { type At, isValid, judge } from "../filters/checks.ts";
import { judgeAgreement } from "../filters/verify.ts";
import { type Candidate, toExample } from "../reply/candidate.ts";
import { isRejection, type Reading } from "../reply/read-reply.ts";
import type { Rejection } from "../reply/rejections.ts";
import type { Shown } from "../settings/queue.ts";
import type { Asked, Lane } from "./chain.ts";
import type { CreationMeans, CreationPlan, Lineage } from "./create.ts";

/** An example that passed everything in its lane. */
export interface Accepted {
  shown: Shown;
  more: Pick<Lineage, "agreement" | "closeTo">;
}

/** Checks of form and of memory, contamination, and the label check, in that order. */
export interface Acceptance {
  /** Begins the label checks of a reply that came: they take as long as a request. */
  begin: (readings: readonly Reading[], lane: Lane, asked: Asked) => void;
  judge: (candidate: Candidate, lane: Lane, asked: Asked) => Promise<Accepted | Rejection>;
}

/** Opens the judging of a creation's candidates. */
export function openAcceptance(plan: CreationPlan, means: CreationMeans): Acceptance {
  const { shape, checks, minAgreement } = plan;
  const { evaluated, verify } = means;
  // What is filtered need not be counted.
  const counted = checks.some(({ name }) => name === "contaminated") ? null : evaluated;
  // With several chains near duplicates are found when they are merged.
  const near = plan.chains === 1 ? means.near : null;
  const toAt = ({ seen }: Lane): At => ({ shape, seen, near, evaluated });
  return {
    begin(readings, lane, asked) {
      if (!verify) return;
      for (const reading of readings) {
        if (isRejection(reading) || !isValid(reading, checks, shape)) continue;
        if (lane.seen.find(reading.question) !== null) continue;
        const check = verify(toExample(reading));
        check.catch(() => {}); // Whoever comes to need it sees the failure.
        asked.checks.set(reading, check);
      }
    },
    async judge(candidate, lane, asked) {
      const example = await judge(candidate, checks, toAt(lane));
      if (isRejection(example)) return example;
      const closeTo = await counted?.find(example);
      const agreement = await (asked.checks.get(candidate) ?? verify?.(example));
      const rejection = agreement && judgeAgreement(example, agreement, minAgreement);
      if (rejection) return rejection;
      return {
        shown: { example, line: null, depth: asked.shown.depth + 1 },
        more: { ...(agreement && { agreement }), ...(closeTo && { closeTo }) },
      };
    },
  };
}
