import { isLabelChecked, toAnswer } from "@seedling/core/internal";
import { findMissedStep, judgeCandidate } from "../filters/checks.ts";
import { createSeenQuestions } from "../filters/duplicates.ts";
import {
  countRejection,
  isRejection,
  isWholeReply,
  type Rejection,
  toCandidate,
} from "../reply/candidate.ts";
import { type Accepted, type Chain, type PendingRequest, rejectOverQuota } from "./chain.ts";
import {
  type CreationDependencies,
  type CreationState,
  isFinished,
  type Provenance,
} from "./creation.ts";
import type { CreationPlan } from "./creation-options.ts";
import type { createFeedback } from "./feedback.ts";
import { type Quotas, toCountedLabel } from "./quotas.ts";

const steps = ["candidates", "valid", "new", "kept"] as const;

/** A processed reply: its candidates with what its chain found of each. */
export interface ProcessedReply {
  chain: Chain;
  asked: PendingRequest;
  verdicts: (Accepted | Rejection)[];
}

/**
 * Creates the merging of chains: what is kept, counted and written, reply by reply in the plan's
 * order. Of what two chains created alike the first in that order is kept; what one chain alone
 * accepted is new already.
 * @returns takes in a processed reply, and merges those whose turn has come
 */
export function createMerge(
  plan: CreationPlan,
  deps: CreationDependencies,
  state: CreationState,
  quotas: Quotas,
  feedback: ReturnType<typeof createFeedback>,
) {
  const { funnel } = state;
  const { shape } = plan;
  const { near } = deps;
  /** What several chains may have created alike. */
  const checks = plan.checks.filter(
    ({ reason }) => plan.chains > 1 && findMissedStep(reason) === "new",
  );
  const seen = createSeenQuestions();
  state.relabelled = plan.check?.relabel ? 0 : null;
  const waiting = new Map<number, ProcessedReply>();
  let barren = 0;
  let merging = false;

  /** Counts a candidate up to the step that it missed, null: it was kept; and its label check. */
  const count = (missed: (typeof steps)[number] | null, agreeing: number | undefined) => {
    const reached = missed === null ? steps : steps.slice(0, steps.indexOf(missed));
    for (const step of reached) funnel[step] += 1;
    if (agreeing === undefined) return;
    state.agreement.examples += 1;
    state.agreement.shares += agreeing;
  };

  const drop = (rejection: Rejection, provenance: Provenance) => {
    const { reason, similarity } = rejection;
    const missed = isWholeReply(rejection) ? "candidates" : findMissedStep(reason);
    count(missed, isLabelChecked(reason) ? similarity : undefined);
    countRejection(state.rejections, rejection);
    state.lastRejection = rejection;
    deps.reject(rejection, provenance);
  };

  const keep = async ({ shown, more }: Accepted, provenance: Provenance) => {
    const { example } = shown;
    deps.keep(example, { ...provenance, ...more });
    shown.line = funnel.kept;
    feedback.keep(shown);
    count(null, more.agreement?.share);
    const label = toCountedLabel(example, shape.options);
    state.labels[label] = (state.labels[label] ?? 0) + 1;
    if (state.relabelled !== null && more.created !== toAnswer(example)) state.relabelled += 1;
    for (const rule of more.readBy ?? []) state.readings[rule] = (state.readings[rule] ?? 0) + 1;
    if (more.closeTo && state.contaminated !== null) state.contaminated += 1;
    if (plan.chains === 1) return;
    seen.add(example.question);
    for (const index of near) await index.add(example.question);
  };

  const mergeOne = async (verdict: Accepted | Rejection, provenance: Provenance, chain: Chain) => {
    if (isRejection(verdict)) return drop(withMergedLine(verdict, chain), provenance);
    const { shown } = verdict;
    const candidate = toCandidate(shown.example);
    const again = await judgeCandidate(candidate, checks, { shape, seen, near, evaluated: null });
    if (isRejection(again)) {
      drop(again, provenance);
      if (again.closeTo && "created" in again.closeTo) shown.line = again.closeTo.created;
    } else if (quotas.isFilled(toCountedLabel(shown.example, shape.options))) {
      drop(rejectOverQuota(shown.example, verdict.more.agreement), provenance);
    } else await keep(verdict, provenance);
  };

  const mergeReply = async ({ chain, asked, verdicts }: ProcessedReply) => {
    const { index, request, shown, leaf } = asked;
    const provenance: Provenance = {
      request: index,
      key: request.key,
      parent: shown.line,
      depth: shown.depth + 1,
      chain: chain.number,
      ...(leaf && { leaf }),
    };
    const before = funnel.kept;
    for (const verdict of verdicts)
      if (!isFinished(plan, state)) await mergeOne(verdict, provenance, chain);
    funnel.completions += 1;
    state.counted += asked.tokens;
    // What a journal holds was barren once: whether asking again brings more is to be seen.
    if (funnel.kept > before) barren = 0;
    else if (!asked.journaled || plan.allowShort) barren += 1;
    state.gaveUp = !isFinished(plan, state) && barren >= plan.patience;
    deps.progress(state);
    if (!isFinished(plan, state)) await feedback.merge();
  };

  return async (reply: ProcessedReply) => {
    waiting.set(reply.asked.index, reply);
    if (merging) return;
    merging = true;
    try {
      while (!isFinished(plan, state)) {
        const next = waiting.get(funnel.completions);
        if (!next) break;
        waiting.delete(funnel.completions);
        await mergeReply(next);
      }
    } finally {
      merging = false;
    }
  };
}

/** What a chain found repeated is known by its number there; in `created.jsonl` it has another line, or none if it was set aside. */
function withMergedLine(rejection: Rejection, { accepted }: Chain): Rejection {
  const { closeTo } = rejection;
  if (!closeTo || !("created" in closeTo)) return rejection;
  const created = accepted[closeTo.created]?.line ?? null;
  const { closeTo: _, ...rest } = rejection;
  return created === null ? rest : { ...rest, closeTo: { created } };
}
