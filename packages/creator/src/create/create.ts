import type { CreatedSetting, Example } from "@seedling/core/internal";
import type { Check, CloseItem } from "../filters/checks.ts";
import type { Evaluated } from "../filters/evaluated.ts";
import type { Near } from "../filters/near.ts";
import type { Agreement, Verify } from "../filters/verify.ts";
import type { Chat, Parameters } from "../llm/chat.ts";
import type { Shape } from "../prompt/prompt.ts";
import { isRejection, type ReadReply } from "../reply/read-reply.ts";
import type { Rejection } from "../reply/rejections.ts";
import type { Shown } from "../settings/queue.ts";
import { type Surroundings, settings } from "../settings/settings.ts";
import { openAcceptance } from "./accept.ts";
import { type Asked, type Lane, nextArrived, openLane, takeRequest } from "./chain.ts";
import { openMerge } from "./merge.ts";
import { countTokens, type Progress, toStart } from "./progress.ts";

/** All that decides what a creation asks and keeps. */
export interface CreationPlan {
  setting: CreatedSetting;
  shape: Shape;
  instruction: string;
  parameters: Parameters;
  seed: number;
  /** How many examples to keep. */
  target: number;
  /** How many one request asks for. */
  perRequest: number;
  /** The JSON schema that replies are to follow, or null. */
  schema: object | null;
  /** Whether each request asks for the next label in turn. */
  balance: boolean;
  /** Independent chains. */
  chains: number;
  readReply: ReadReply;
  /** What candidates must pass, in order. */
  checks: readonly Check[];
  /** The share of answers that must agree with a label; null: none must. */
  minAgreement: number | null;
  /** Replies in a row with nothing kept, after which creation gives up. */
  patience: number;
}

/** How a creation goes about it; changes nothing that is kept. */
export interface CreationMeans {
  chat: Chat;
  similarities: Surroundings["similarities"];
  /** Memory of near duplicates; null: not looked for. */
  near: Near | null;
  /** The items that are evaluated on; null: contamination is not looked for. */
  evaluated: Evaluated | null;
  /** Answers a question without its label; null: labels are not checked. */
  verify: Verify | null;
  concurrency: number;
  /** Where kept examples go. @returns the example's line, from 0 */
  keep: (example: Example, lineage: Lineage) => number;
  /** Reads a kept example back. */
  read: (line: number) => Example;
  reject: (rejection: Rejection, origin: Origin) => void;
  progress: (state: Progress) => void;
}

/** The request that a reading came from. */
export interface Origin {
  /** The request's place in the plan, from 0. */
  request: number;
  key: string;
  /** The line of the shown example in `created.jsonl`, from 0; null: the formatting example. */
  parent: number | null;
  /** Requests between the formatting example and this one. */
  depth: number;
  chain: number;
}

/** Where a kept example comes from, and what is known of it beside its text. */
export interface Lineage extends Origin {
  /** How the label check went, if it was made. */
  agreement?: Agreement;
  /** The item that it is too close to, if contamination is counted and not filtered. */
  closeTo?: CloseItem;
}

/** Unsettled requests for each one in flight, at most: what is held while a straggler is waited for. */
const window = 64;

/**
 * Creates examples. Each lane asks in its own order: a request shows one example, and what its reply
 * adds is shown later, as the setting says. A request leaves as soon as what it shows is settled;
 * replies are settled strictly in their lane's order, and lanes are merged in turn, however replies
 * arrive, so that what is kept is the same for any concurrency. A failed request counts at its place,
 * as a reply does: what stands before it is asked and settled, and nothing more.
 * @param state brought up to date as it goes
 * @throws what `chat` throws, after the replies still out have arrived
 */
export async function create(
  plan: CreationPlan,
  means: CreationMeans,
  state: Progress = toStart(means.evaluated !== null),
): Promise<Progress> {
  const { next } = settings[plan.setting];
  const lanes = Array.from({ length: plan.chains }, (_, chain) =>
    openLane(plan, chain, means.read),
  );
  const accept = openAcceptance(plan, means);
  const merge = openMerge(plan, means, state);
  const failures = new Map<number, unknown>();
  let asked = 0;
  let wake = () => {};

  const over = () => state.funnel.kept === plan.target || state.gaveUp;
  const toPlace = (lane: Lane) => lane.asked * plan.chains + lane.chain;
  const firstFailure = () => Math.min(...failures.keys());

  /** Whether what is out is not likely to be enough, by the yield so far. */
  const missing = () => {
    const { kept, completions } = state.funnel;
    const yielded = Math.min(plan.perRequest, (kept + plan.perRequest) / (completions + 1));
    return kept + (asked - completions) * yielded < plan.target;
  };
  const mayAsk = (lane: Lane) => {
    const { completions } = state.funnel;
    if (toPlace(lane) >= firstFailure()) return false;
    if (toPlace(lane) === completions) return true;
    return missing() && asked - completions < window * means.concurrency;
  };

  const ask = () => {
    // The lane that is furthest behind goes first.
    const order = [...lanes].sort((one, other) => one.asked - other.asked);
    for (const lane of order)
      while (!over() && state.inFlight < means.concurrency && mayAsk(lane)) {
        const request = takeRequest(plan, lane);
        if (!request) break;
        asked += 1;
        void send(lane, request);
      }
  };

  const send = async (lane: Lane, one: Asked) => {
    state.inFlight += 1;
    try {
      const completion = await means.chat(one.request);
      countTokens(state.tokens, completion);
      for (const adapted of completion.adapted) state.adapted.add(adapted);
      const readings = plan.readReply(completion, plan.shape, plan.perRequest);
      if (!over()) accept.begin(readings, lane, one);
      one.readings = readings;
    } catch (error) {
      failures.set(one.place, error);
    }
    state.inFlight -= 1;
    await settleArrived(lane);
    wake();
  };

  const settleArrived = async (lane: Lane) => {
    if (lane.busy) return ask();
    lane.busy = true;
    for (let one = nextArrived(lane); one && !over(); one = nextArrived(lane)) {
      try {
        await settle(lane, one);
      } catch (error) {
        failures.set(one.place, error);
        break;
      }
    }
    lane.busy = false;
    ask();
  };

  const settle = async (lane: Lane, one: Asked) => {
    const reply = merge.open(lane, one);
    const accepted: Shown[] = [];
    for (const reading of one.readings ?? []) {
      if (over()) break;
      const entry = isRejection(reading) ? reading : await accept.judge(reading, lane, one);
      await reply.add(entry);
      if ("shown" in entry) accepted.push(entry.shown);
    }
    reply.close();
    const examples = accepted.map(({ example }) => example);
    const at = {
      shown: one.shown.example,
      random: lane.random,
      similarities: means.similarities,
    };
    const chosen = over() ? [] : await next(examples, at);
    lane.queue.add(chosen.map((i) => accepted[i] as Shown));
    lane.out.delete(lane.settled);
    lane.settled += 1;
    await merge.inOrder();
  };

  ask();
  while (state.inFlight > 0 || lanes.some(({ busy }) => busy))
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
  if (over()) return state;
  throw failures.get(firstFailure());
}
