import { isRejection } from "../reply/candidate.ts";
import { type Shown, settings } from "../settings/settings.ts";
import {
  type Chain,
  createChain,
  nextArrived,
  nextIndex,
  type PendingRequest,
  takeRequest,
} from "./chain.ts";
import type { CreationDependencies, CreationPlan } from "./creation.ts";
import { addReply, type CreationState, createState, isFinished } from "./creation-state.ts";
import { createJudge } from "./judge.ts";
import { createMerge, type ProcessedReply } from "./merge.ts";

/** Unprocessed requests for each one in flight, at most: what is held while a straggler is waited for. */
const window = 64;

/**
 * Creates examples. Each chain asks in its own order: a request shows one example, and what its reply
 * adds is shown later, as the setting says. A request leaves as soon as the example it shows is known;
 * replies are processed strictly in their chain's order, and chains are merged in turn, however replies
 * arrive, so that what is kept is the same for any concurrency. A failed request counts at its index,
 * as a reply does: what stands before it is asked and processed, and nothing more.
 * @param state brought up to date as it goes
 * @throws what `chat` throws, or the signal's reason, after the replies still out have arrived
 */
export async function create(
  plan: CreationPlan,
  deps: CreationDependencies,
  state: CreationState = createState(deps.evaluated !== null),
): Promise<CreationState> {
  const { funnel } = state;
  const chains = Array.from({ length: plan.chains }, (_, number) =>
    createChain(plan, number, deps.read),
  );
  const { begin, judge } = createJudge(plan, deps);
  const merge = createMerge(plan, deps, state);
  /** The earliest request that failed, by its index. */
  const failed = { index: Number.POSITIVE_INFINITY, error: null as unknown };
  let asked = 0;
  let wake = () => {};

  const isOver = () => isFinished(plan, state) || deps.signal?.aborted === true;
  const fail = (index: number, error: unknown) => {
    if (index < failed.index) Object.assign(failed, { index, error });
  };

  /** Whether what is out is not likely to be enough, by the yield so far. */
  const needsMore = () => {
    const { kept, completions } = funnel;
    const yielded = Math.min(plan.perRequest, (kept + plan.perRequest) / (completions + 1));
    return kept + (asked - completions) * yielded < plan.target;
  };
  const mayAsk = (chain: Chain) => {
    const index = nextIndex(plan, chain);
    if (isOver() || index >= failed.index || state.inFlight >= deps.concurrency) return false;
    if (index === funnel.completions) return true;
    return needsMore() && asked - funnel.completions < window * deps.concurrency;
  };

  const askNext = () => {
    // The chain that is furthest behind goes first.
    const order = [...chains].sort((one, other) => one.asked - other.asked);
    for (const chain of order)
      while (mayAsk(chain)) {
        const request = tryTake(chain);
        if (!request) break;
        asked += 1;
        void send(chain, request);
      }
  };

  const tryTake = (chain: Chain): PendingRequest | null => {
    try {
      return takeRequest(plan, chain);
    } catch (error) {
      fail(nextIndex(plan, chain), error);
      return null;
    }
  };

  const send = async (chain: Chain, one: PendingRequest) => {
    state.inFlight += 1;
    try {
      const completion = await deps.chat(one.request);
      addReply(state.tokens, completion);
      for (const adapted of completion.adapted) state.adapted.add(adapted);
      const items = plan.readReply(completion, plan.shape, plan.perRequest);
      if (!isOver()) begin(items, chain, one);
      one.items = items;
    } catch (error) {
      fail(one.index, error);
    }
    state.inFlight -= 1;
    await processArrived(chain);
    wake();
  };

  const processArrived = async (chain: Chain) => {
    if (chain.busy) return askNext();
    chain.busy = true;
    for (let one = nextArrived(chain); one && !isOver(); one = nextArrived(chain)) {
      try {
        await processReply(chain, one);
      } catch (error) {
        fail(one.index, error);
        break;
      }
    }
    chain.busy = false;
    askNext();
  };

  const processReply = async (chain: Chain, one: PendingRequest) => {
    const verdicts: ProcessedReply["verdicts"] = [];
    // A chain alone is the creation: what it accepted is kept.
    const isFull = () => plan.chains === 1 && chain.accepted === plan.target;
    for (const item of one.items ?? []) {
      if (isOver() || isFull()) break;
      verdicts.push(isRejection(item) ? item : await judge(item, chain, one));
    }
    await merge({ chain, asked: one, verdicts });
    if (!isOver()) {
      const accepted = verdicts.flatMap((one) => (isRejection(one) ? [] : [one.shown]));
      chain.queue.add(await choose(accepted, chain, one));
    }
    chain.waiting.delete(chain.processed);
    chain.processed += 1;
  };

  const choose = async (accepted: Shown[], { random }: Chain, { shown }: PendingRequest) => {
    const { similarities } = deps;
    const examples = accepted.map(({ example }) => example);
    const chosen = await settings[plan.setting].next(examples, {
      shown: shown.example,
      random,
      similarities,
    });
    return chosen.map((i) => accepted[i] as Shown);
  };

  askNext();
  while (state.inFlight > 0 || chains.some(({ busy }) => busy))
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
  if (isFinished(plan, state)) return state;
  deps.signal?.throwIfAborted();
  throw failed.error;
}
