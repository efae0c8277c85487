import {
  type CreatedSetting,
  type Example,
  hashValue,
  normaliseQuestion,
  openRandom,
} from "@seedling/core";
import type { Chat, ChatRequest, Completion, Parameters } from "./ask/chat.ts";
import { addUsage, type Progress, toStart } from "./progress.ts";
import type { Shape } from "./read/candidate.ts";
import { isRejection, type ReadReply } from "./read/read-reply.ts";
import { count, reject } from "./read/rejections.ts";
import { type Setting, type Surroundings, settings } from "./references.ts";
import { renderShown } from "./show/prompt.ts";
import { openQueue, type Shown } from "./show/queue.ts";

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
  readReply: ReadReply;
  /** Replies in a row with nothing kept, after which creation gives up. */
  patience: number;
}

/** How a creation goes about it; changes nothing that is kept. */
export interface CreationMeans {
  chat: Chat;
  similarities: Surroundings["similarities"];
  concurrency: number;
  keep: (example: Example, lineage: Lineage) => void;
  progress: (state: Progress) => void;
}

/** Where a kept example comes from. */
export interface Lineage {
  /** The request's place in the plan, from 0. */
  request: number;
  key: string;
  /** The line of the shown example in `created.jsonl`, from 0; null: the formatting example. */
  parent: number | null;
  /** Requests between the formatting example and this one. */
  depth: number;
}

/**
 * Creates examples. Requests form a queue in the plan's order: each shows one example, and what
 * its reply adds is shown later, as the setting says. A request leaves as soon as what it shows is
 * settled; replies are settled strictly in the plan's order, however they arrive, so that what is
 * kept is the same for any concurrency. A failed request counts at its place, as a reply does: what
 * stands before it is settled, and nothing more is asked.
 * @throws what `chat` throws, after the replies still out have arrived
 */
export async function create(plan: CreationPlan, means: CreationMeans): Promise<Progress> {
  const { next, waits }: Setting = settings[plan.setting];
  const random = openRandom("creation", plan.seed, plan.setting);
  const queue = openQueue(plan.shape.formatting, waits);
  const asked: { shown: Shown; request: ChatRequest }[] = [];
  const arrived = new Map<number, Completion>();
  const failures = new Map<number, unknown>();
  const seen = new Set([normaliseQuestion(plan.shape.formatting.question)]);
  const state = toStart();
  let barren = 0;
  let wake = () => {};

  const done = () => state.kept === plan.target || state.gaveUp;

  const ask = (shown: Shown) => {
    const place = asked.length;
    const request = toRequest(plan, shown.example, shown.askings++);
    asked.push({ shown, request });
    state.inFlight += 1;
    means
      .chat(request)
      .then((completion) => {
        arrived.set(place, completion);
        addUsage(state, completion);
      })
      .catch((error: unknown) => failures.set(place, error))
      .finally(() => {
        state.inFlight -= 1;
        wake();
      });
  };

  const settle = async (completion: Completion) => {
    const place = state.replies++;
    const { shown, request } = asked[place] as (typeof asked)[number];
    const created: Shown[] = [];
    for (const reading of plan.readReply(completion, plan.shape, plan.perRequest)) {
      if (state.kept === plan.target) break;
      const verdict = isRejection(reading) ? reading : judge(reading, seen, plan.shape);
      if (verdict) {
        count(state.rejections, verdict);
        state.lastRejection = verdict;
        continue;
      }
      const example = reading as Example;
      const depth = shown.depth + 1;
      created.push({ example, line: state.kept, depth, askings: 0 });
      means.keep(example, { request: place, key: request.key, parent: shown.line, depth });
      state.kept += 1;
    }
    barren = created.length === 0 ? barren + 1 : 0;
    state.gaveUp = barren >= plan.patience;
    means.progress(state);
    if (done()) return;
    const examples = created.map(({ example }) => example);
    const at = { shown: shown.example, random, similarities: means.similarities };
    for (const example of await next(examples, at))
      queue.add(created.find((one) => one.example === example) ?? shown);
  };

  const missing = () =>
    plan.target - state.kept - (asked.length - state.replies) * plan.perRequest > 0;
  while (!done() && !failures.has(state.replies)) {
    const completion = arrived.get(state.replies);
    if (completion) {
      arrived.delete(state.replies);
      await settle(completion);
      continue;
    }
    while (failures.size === 0 && state.inFlight < means.concurrency && missing()) {
      const shown = queue.take(state.replies === asked.length);
      if (!shown) break;
      ask(shown);
    }
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
  }
  while (state.inFlight > 0)
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
  if (!done()) throw failures.get(state.replies);
  return state;
}

function toRequest(plan: CreationPlan, shown: Example, asking: number): ChatRequest {
  const { instruction, parameters, shape } = plan;
  const messages: ChatRequest["messages"] = [
    { role: "system", content: instruction },
    { role: "user", content: renderShown(shown, shape.options) },
  ];
  const chain = 0;
  const seed = Number.parseInt(hashValue([plan.seed, chain, asking]).slice(0, 8), 16) >>> 1;
  const key = hashValue({ ...parameters, messages, seed });
  return { messages, seed, key };
}

/** The memory of duplicates; the formatting example counts as seen. */
function judge({ question }: Example, seen: Set<string>, { formatting }: Shape) {
  const normal = normaliseQuestion(question);
  if (normal === normaliseQuestion(formatting.question))
    return reject("copy of the formatting example", question);
  if (seen.has(normal)) return reject("duplicate", question);
  seen.add(normal);
  return null;
}
