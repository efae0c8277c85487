import { createRandom } from "@seedling/core/internal";
import { renderShown } from "../prompt/prompt.ts";
import { isRejection } from "../reply/candidate.ts";
import type { ReplyItem } from "../reply/read-reply.ts";
import { createLeaves, type Leaves } from "../settings/attributes.ts";
import { settings } from "../settings/settings.ts";
import {
  buildRequest,
  type Chain,
  createChain,
  createJudge,
  nextIndex,
  type PendingRequest,
  takeRequest,
} from "./chain.ts";
import {
  type CreationDependencies,
  type CreationState,
  countReply,
  countReplyTokens,
  createState,
  isFinished,
} from "./creation.ts";
import type { CreationPlan } from "./creation-options.ts";
import { createFeedback } from "./feedback.ts";
import { createMerge, type ProcessedReply } from "./merge.ts";
import { nameAttributes, renderNaming } from "./name-attributes.ts";
import { createQuotas } from "./quotas.ts";

/** Unprocessed requests for each one in flight, at most: what is held while a straggler is waited for. */
const window = 64;

/**
 * Creates examples. Each chain asks in its own order: a request shows one example, and what its reply
 * adds is shown later, as the setting says. A request leaves as soon as the example it shows is known;
 * replies are processed strictly in their chain's order, and chains are merged in turn, however replies
 * arrive, so that what is kept is the same for any concurrency. A failed request counts at its index,
 * as a reply does: what stands before it is asked and processed, and nothing more.
 * @param state brought up to date as it goes
 * @throws what `chat` throws, or the signal's reason, after the replies still out have arrived, the
 *   label check's among them
 */
export async function create(
  plan: CreationPlan,
  deps: CreationDependencies,
  state: CreationState = createState(deps.evaluated !== null),
): Promise<CreationState> {
  const { funnel } = state;
  const chains = Array.from({ length: plan.chains }, (_, number) => createChain(plan, number));
  const quotas = createQuotas(plan, state.labels);
  const { prepare, begin, judge } = createJudge(plan, deps, state, quotas);
  const feedback = createFeedback(plan, deps.refit ?? null, state);
  const merge = createMerge(plan, deps, state, quotas, feedback);
  let leaves: Leaves | null = null;
  /** The earliest request that failed, by its index. */
  let failed = { index: Number.POSITIVE_INFINITY, error: null as unknown };
  /** Requests until their replies are processed, and label checks, since one may outlive the need for it. */
  const out = new Set<Promise<void>>();
  let asked = 0;
  const expected = expectTokens(plan);

  const isOver = () => isFinished(plan, state) || deps.signal?.aborted === true;
  const fail = (index: number, error: unknown) => {
    if (index < failed.index) failed = { index, error };
  };
  const track = (work: Promise<void>) => {
    const ended = work.finally(() => out.delete(ended));
    out.add(ended);
  };

  /** Whether what is out is not likely to be enough, by the yield and the tokens so far. */
  const needsMore = () => {
    const { kept, completions } = funnel;
    const yielded = Math.min(plan.perRequest, (kept + plan.perRequest) / (completions + 1));
    const out = asked - completions;
    if (kept + out * yielded >= plan.target) return false;
    if (plan.tokens === null) return true;
    return state.counted + out * ((state.counted + expected) / (completions + 1)) < plan.tokens;
  };
  const mayAsk = (chain: Chain) => {
    const index = nextIndex(plan, chain);
    if (isOver() || index >= failed.index || state.inFlight >= deps.concurrency) return false;
    if (!quotas.mayAsk(index, funnel.completions)) return false;
    if (index === funnel.completions) return true;
    return needsMore() && asked - funnel.completions < window * deps.concurrency;
  };

  const askNext = () => {
    // The chain that is furthest behind goes first.
    const order = [...chains].sort((one, other) => one.asked - other.asked);
    for (const chain of order)
      while (mayAsk(chain)) {
        const request = takeRequest(plan, chain, quotas, leaves);
        if (!request) break;
        asked += 1;
        track(send(chain, request));
      }
  };

  const send = async (chain: Chain, one: PendingRequest) => {
    state.inFlight += 1;
    try {
      const completion = await deps.chat(one.request);
      countReply(state, state.tokens, completion);
      for (const adapted of completion.adapted) state.adapted.add(adapted);
      one.refused = completion.refused !== undefined;
      one.journaled = completion.journaled ?? false;
      one.tokens = countReplyTokens(one.request, completion);
      one.items = plan.readReply(completion, plan.shape, plan.perRequest);
      // Whoever awaits a label check sees its failure.
      if (!isOver()) for (const check of begin(one.items, chain)) track(check.then(ignore, ignore));
    } catch (error) {
      fail(one.index, error);
    }
    state.inFlight -= 1;
    await processArrived(chain);
  };

  const processArrived = async (chain: Chain) => {
    if (!chain.busy) {
      chain.busy = true;
      for (let [one] = chain.waiting; one?.items && !isOver(); [one] = chain.waiting) {
        try {
          await processReply(chain, one, one.items);
        } catch (error) {
          fail(one.index, error);
          break;
        }
      }
      chain.busy = false;
    }
    askNext();
  };

  const processReply = async (chain: Chain, one: PendingRequest, items: readonly ReplyItem[]) => {
    const verdicts: ProcessedReply["verdicts"] = [];
    // A chain alone is the creation: what it accepted is kept.
    const isFull = () => plan.chains === 1 && chain.accepted.length === plan.target;
    for (const item of items) {
      if (isOver() || isFull()) break;
      verdicts.push(isRejection(item) ? item : await judge(item, chain, one));
    }
    await merge({ chain, asked: one, verdicts });
    if (!isOver()) {
      const accepted = verdicts.flatMap((one) => (isRejection(one) ? [] : [one.shown]));
      const { random } = chain;
      const { similarities } = deps;
      const { leastSure } = feedback;
      const choice = { shown: one.shown.example, random, similarities, leastSure };
      if (one.refused) chain.queue.drop(one.shown);
      chain.queue.add(await settings[plan.setting].next(accepted, choice));
    }
    chain.waiting.shift();
  };

  await prepare();
  if (settings[plan.setting].asksForLeaf) {
    state.naming = await nameAttributes(plan, deps, state);
    leaves = createLeaves(state.naming.attributes, createRandom("leaves", plan.seed));
    deps.log?.(renderNaming(state.naming));
  }
  askNext();
  while (out.size > 0) await Promise.all(out);
  if (isFinished(plan, state)) return state;
  deps.signal?.throwIfAborted();
  throw failed.error;
}

/** Tokens of the first request with its reply, as hoped for. */
function expectTokens(plan: CreationPlan): number {
  const { shape, perRequest } = plan;
  const text = renderShown(shape.formatting, shape.options).repeat(perRequest);
  return countReplyTokens(buildRequest(plan), { usage: null, text });
}

const ignore = () => {};
