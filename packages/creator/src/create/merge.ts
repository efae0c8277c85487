import { toAnswer } from "@seedling/core/internal";
import { judgeMemory, stageOf } from "../filters/checks.ts";
import { openSeen } from "../filters/seen.ts";
import { isWholeReply } from "../reply/read-reply.ts";
import { count, type Rejection } from "../reply/rejections.ts";
import type { Accepted } from "./accept.ts";
import type { Asked, Lane } from "./chain.ts";
import type { CreationMeans, CreationPlan, Origin } from "./create.ts";
import type { Progress } from "./progress.ts";

/** What became of one candidate in its lane. */
type Entry = Accepted | Rejection;

/** A settled reply whose turn to be merged has not come. */
interface Outcome {
  lane: Lane;
  asked: Asked;
  entries: Entry[];
}

/** Where lanes come together: what is kept, counted and written, strictly in the plan's order. */
export interface Merge {
  /** Takes in a reply's candidates, one after the other. */
  open: (lane: Lane, asked: Asked) => { add: (entry: Entry) => Promise<void>; close: () => void };
  /** Takes in the replies whose turn has come. */
  inOrder: () => Promise<void>;
}

/**
 * Opens the merging. One lane alone is merged as it goes: its memory is the memory. Several are
 * merged reply by reply in turn, and of what two of them created the first in that order is kept.
 */
export function openMerge(plan: CreationPlan, means: CreationMeans, state: Progress): Merge {
  const { funnel } = state;
  const alone = plan.chains === 1;
  const shared = openSeen();
  const outcomes = new Map<number, Outcome>();
  let barren = 0;
  let merging = false;

  const over = () => funnel.kept === plan.target || state.gaveUp;

  const toOrigin = ({ chain }: Lane, { place, request, shown }: Asked): Origin => ({
    request: place,
    key: request.key,
    parent: shown.line,
    depth: shown.depth + 1,
    chain,
  });

  const addAgreement = (share: number) => {
    state.agreement.examples += 1;
    state.agreement.shares += share;
  };

  const drop = (rejection: Rejection, origin: Origin) => {
    const stage = stageOf(rejection.reason);
    if (!isWholeReply(rejection)) funnel.candidates += 1;
    if (stage !== "form") funnel.valid += 1;
    if (stage === "judge") funnel.new += 1;
    if (rejection.reason === "too little agreement") addAgreement(rejection.similarity ?? 0);
    count(state.rejections, rejection);
    state.lastRejection = rejection;
    means.reject(rejection, origin);
  };

  const keep = async ({ shown, more }: Accepted, origin: Origin, seen: Lane["seen"]) => {
    const { example } = shown;
    const line = means.keep(example, { ...origin, ...more });
    shown.line = line;
    seen.add(example.question, line);
    funnel.candidates += 1;
    funnel.valid += 1;
    funnel.new += 1;
    funnel.kept += 1;
    const label = plan.shape.options === "fixed" ? toAnswer(example) : `${example.label + 1}`;
    state.labels[label] = (state.labels[label] ?? 0) + 1;
    if (more.agreement) addAgreement(more.agreement.share);
    if (more.closeTo && state.contaminated !== null) state.contaminated += 1;
    await means.near?.add(example, line);
  };

  const endReply = (kept: number) => {
    funnel.completions += 1;
    barren = kept === 0 ? barren + 1 : 0;
    state.gaveUp = funnel.kept < plan.target && barren >= plan.patience;
    means.progress(state);
  };

  const mergeOne = async (entry: Entry, origin: Origin, lane: Lane) => {
    if (!("shown" in entry)) return drop(toMerged(entry, lane), origin);
    const { example } = entry.shown;
    const at = { shape: plan.shape, seen: shared, near: means.near, evaluated: null };
    const repeated = await judgeMemory(example, plan.checks, at);
    if (!repeated) await keep(entry, origin, shared);
    else {
      drop(repeated, origin);
      if (repeated.closeTo && "created" in repeated.closeTo)
        entry.shown.line = repeated.closeTo.created;
    }
    lane.lines.push(entry.shown.line ?? 0);
  };

  const takeNext = () => {
    const outcome = over() ? undefined : outcomes.get(funnel.completions);
    outcomes.delete(funnel.completions);
    return outcome;
  };

  return {
    open(lane, asked) {
      const entries: Entry[] = [];
      const origin = toOrigin(lane, asked);
      const before = funnel.kept;
      return {
        async add(entry) {
          if (!alone) {
            if ("shown" in entry) lane.seen.add(entry.shown.example.question, lane.accepted++);
            entries.push(entry);
          } else if ("shown" in entry) await keep(entry, origin, lane.seen);
          else drop(entry, origin);
        },
        close() {
          if (alone) endReply(funnel.kept - before);
          else outcomes.set(asked.place, { lane, asked, entries });
        },
      };
    },
    async inOrder() {
      if (merging) return;
      merging = true;
      try {
        for (let one = takeNext(); one; one = takeNext()) {
          const before = funnel.kept;
          for (const entry of one.entries)
            if (!over()) await mergeOne(entry, toOrigin(one.lane, one.asked), one.lane);
          endReply(funnel.kept - before);
        }
      } finally {
        merging = false;
      }
    },
  };
}

/** What a chain found repeated stands in `created.jsonl` elsewhere than among its own. */
function toMerged(rejection: Rejection, { lines }: Lane): Rejection {
  const { closeTo } = rejection;
  if (!closeTo || !("created" in closeTo)) return rejection;
  return { ...rejection, closeTo: { created: lines.get(closeTo.created) } };
}
