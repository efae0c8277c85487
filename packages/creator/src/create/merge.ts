import { toAnswer } from "@seedling/core/internal";
import { findMissedStep, judgeDuplicates } from "../filters/checks.ts";
import { createSeenQuestions } from "../filters/duplicates.ts";
import { countRejection, isRejection, isWholeReply, type Rejection } from "../reply/candidate.ts";
import type { Chain, PendingRequest } from "./chain.ts";
import type { CreationDependencies, CreationPlan, Provenance } from "./creation.ts";
import { type CreationState, isFinished } from "./creation-state.ts";
import type { Accepted } from "./judge.ts";

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
): (reply: ProcessedReply) => Promise<void> {
  const { funnel } = state;
  const shared = plan.chains > 1 ? createSeenQuestions() : null;
  const waiting = new Map<number, ProcessedReply>();
  let barren = 0;
  let merging = false;

  const addAgreement = (share: number) => {
    state.agreement.examples += 1;
    state.agreement.shares += share;
  };

  const drop = (rejection: Rejection, provenance: Provenance) => {
    const missed = findMissedStep(rejection.reason);
    if (!isWholeReply(rejection)) funnel.candidates += 1;
    if (missed !== "valid") funnel.valid += 1;
    if (missed === "kept") funnel.new += 1;
    if (rejection.reason === "too little agreement") addAgreement(rejection.similarity ?? 0);
    countRejection(state.rejections, rejection);
    state.lastRejection = rejection;
    deps.reject(rejection, provenance);
  };

  const keep = async ({ shown, more }: Accepted, provenance: Provenance) => {
    const { example } = shown;
    const line = deps.keep(example, { ...provenance, ...more });
    shown.line = line;
    funnel.candidates += 1;
    funnel.valid += 1;
    funnel.new += 1;
    funnel.kept += 1;
    const label = plan.shape.options === "fixed" ? toAnswer(example) : `${example.label + 1}`;
    state.labels[label] = (state.labels[label] ?? 0) + 1;
    for (const rule of more.readBy ?? []) state.readings[rule] = (state.readings[rule] ?? 0) + 1;
    if (more.agreement) addAgreement(more.agreement.share);
    if (more.closeTo && state.contaminated !== null) state.contaminated += 1;
    if (!shared) return;
    shared.add(example.question, line);
    await deps.near?.add(example, line);
  };

  const mergeOne = async (verdict: Accepted | Rejection, provenance: Provenance, chain: Chain) => {
    if (isRejection(verdict)) return drop(withMergedLine(verdict, chain), provenance);
    const { shown } = verdict;
    const repeated =
      shared &&
      (await judgeDuplicates(shown.example, plan.checks, {
        shape: plan.shape,
        seen: shared,
        near: deps.near,
        evaluated: null,
      }));
    if (!repeated) await keep(verdict, provenance);
    else {
      drop(repeated, provenance);
      if (repeated.closeTo && "created" in repeated.closeTo) shown.line = repeated.closeTo.created;
    }
    chain.lines.push(shown.line ?? 0);
  };

  const mergeReply = async ({ chain, asked, verdicts }: ProcessedReply) => {
    const { index, request, shown } = asked;
    const provenance: Provenance = {
      request: index,
      key: request.key,
      parent: shown.line,
      depth: shown.depth + 1,
      chain: chain.number,
    };
    const before = funnel.kept;
    for (const verdict of verdicts)
      if (!isFinished(plan, state)) await mergeOne(verdict, provenance, chain);
    funnel.completions += 1;
    barren = funnel.kept === before ? barren + 1 : 0;
    state.gaveUp = funnel.kept < plan.target && barren >= plan.patience;
    deps.progress(state);
  };

  return async (reply) => {
    waiting.set(reply.asked.index, reply);
    if (merging) return;
    merging = true;
    try {
      for (
        let next = waiting.get(funnel.completions);
        next && !isFinished(plan, state);
        next = waiting.get(funnel.completions)
      ) {
        waiting.delete(next.asked.index);
        await mergeReply(next);
      }
    } finally {
      merging = false;
    }
  };
}

/** What a chain found repeated is known by its number there; in `created.jsonl` it has another line. */
function withMergedLine(rejection: Rejection, { lines }: Chain): Rejection {
  const { closeTo } = rejection;
  if (!closeTo || !("created" in closeTo)) return rejection;
  return { ...rejection, closeTo: { created: lines[closeTo.created] as number } };
}
