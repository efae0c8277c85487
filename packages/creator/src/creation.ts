import {
  type CreatedSetting,
  type Example,
  hashValue,
  normaliseQuestion,
  openRandom,
} from "@seedling/core";
import type { Shape } from "./candidate.ts";
import type { Chat, ChatRequest, Completion, Parameters } from "./chat.ts";
import { renderShown } from "./prompt.ts";
import { isRejection, type ReadReply } from "./read-reply.ts";
import { type Setting, type Surroundings, settings } from "./references.ts";
import { count, type RejectionCounts, reject } from "./rejections.ts";

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

/** What has been settled so far; the same for any concurrency. */
export interface Progress {
  kept: number;
  /** Requests whose reply is settled. */
  replies: number;
  inFlight: number;
  rejections: RejectionCounts;
  promptTokens: number;
  completionTokens: number;
  /** Replies whose server did not count tokens. */
  uncounted: number;
  adapted: Set<string>;
  /** Whether it gave up, its patience over. */
  gaveUp: boolean;
}

/** Nothing settled yet. */
export function toStart(): Progress {
  return {
    kept: 0,
    replies: 0,
    inFlight: 0,
    rejections: {},
    promptTokens: 0,
    completionTokens: 0,
    uncounted: 0,
    adapted: new Set(),
    gaveUp: false,
  };
}

interface Shown {
  example: Example;
  line: number | null;
  depth: number;
  /** How often it was asked with already: numbers the samples of one message. */
  askings: number;
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
  const head = { example: plan.shape.formatting, line: null, depth: 0, askings: 0 };
  const queue: Shown[] = [head];
  const asked: { shown: Shown; request: ChatRequest }[] = [];
  const arrived = new Map<number, Completion>();
  const failures = new Map<number, unknown>();
  const seen = new Set([normaliseQuestion(plan.shape.formatting.question)]);
  const state = toStart();
  let position = 0;
  let barren = 0;
  let wake = () => {};

  const takeShown = (): Shown | null => {
    if (position === queue.length) {
      if (waits && state.replies < asked.length) return null;
      position = 0;
    }
    return queue[position++] ?? null;
  };

  const ask = (shown: Shown) => {
    const place = asked.length;
    const request = toRequest(plan, shown.example, shown.askings++);
    asked.push({ shown, request });
    state.inFlight += 1;
    means
      .chat(request)
      .then((completion) => arrived.set(place, completion))
      .catch((error: unknown) => failures.set(place, error))
      .finally(() => {
        state.inFlight -= 1;
        wake();
      });
  };

  const settle = async (completion: Completion) => {
    const place = state.replies++;
    const { shown, request } = asked[place] as (typeof asked)[number];
    addUsage(state, completion);
    const created: Shown[] = [];
    for (const reading of plan.readReply(completion, plan.shape, plan.perRequest)) {
      if (state.kept === plan.target) break;
      const verdict = isRejection(reading) ? reading : judge(reading, seen, plan.shape);
      if (verdict) {
        count(state.rejections, verdict);
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
    const examples = created.map(({ example }) => example);
    const at = { shown: shown.example, random, similarities: means.similarities };
    for (const example of await next(examples, at))
      queue.push(created.find((one) => one.example === example) ?? shown);
    means.progress(state);
  };

  const done = () => state.kept === plan.target || state.gaveUp;
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
      const shown = takeShown();
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

function addUsage(state: Progress, { usage, adapted }: Completion): void {
  state.promptTokens += usage?.promptTokens ?? 0;
  state.completionTokens += usage?.completionTokens ?? 0;
  if (usage === null) state.uncounted += 1;
  for (const one of adapted) state.adapted.add(one);
}
