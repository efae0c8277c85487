import { type CreatedSetting, createRandom, type Example } from "@seedling/core/internal";
import type { Scheduler } from "fast-check";
import { create } from "../src/create/create.ts";
import type {
  CreationDependencies,
  CreationState,
  Lineage,
  Provenance,
} from "../src/create/creation.ts";
import type { CreationPlan } from "../src/create/creation-options.ts";
import { chooseChecks } from "../src/filters/checks.ts";
import type { Chat, ChatRequest, Completion } from "../src/llm/chat.ts";
import type { Rejection } from "../src/reply/candidate.ts";
import { replyRules } from "./reading-words.ts";
import { open, toSaid } from "./shapes.ts";

/** The formatting example. */
export const formatting = open.formatting;

/** A creation's plan where a test says nothing else. */
export function toPlan(setting: CreatedSetting, more: Partial<CreationPlan> = {}): CreationPlan {
  const { balance = false } = more;
  return {
    setting,
    shape: open,
    instruction: "Write some.",
    about: null,
    parameters: { model: "m", temperature: 1, topP: 1, maxTokens: 100 },
    seed: 1,
    target: 20,
    tokens: null,
    perRequest: 3,
    schema: null,
    balance,
    asksForOne: balance,
    descriptions: null,
    chunk: 4,
    stopWhenFlat: false,
    chains: 1,
    readReply: replyRules.salvage,
    checks: chooseChecks({ reject: null, allow: null }),
    check: null,
    patience: 8,
    allowShort: false,
    ...more,
  };
}

/** A candidate as a model writes it. */
export const toText = (question: string, answer = "True") =>
  JSON.stringify({ Options: ["True", "False"], Answer: answer, Question: question, Context: "c" });

/** A model whose replies hold none to five examples, some of them repeated, copied or wrong. */
export function toModel(seed: number) {
  return ({ key }: ChatRequest): Completion => {
    const random = createRandom("model", seed, key);
    const count = random.pick([0, 0, 1, 2, 3, 3, 3, 3, 4, 5]);
    const said = Array.from({ length: count }, () => {
      const name = random.pick(["few", "few", "many", "many", "many", "copy"]);
      const number = random.int(name === "few" ? 12 : 1e9);
      return toText(
        name === "copy" ? formatting.question.toUpperCase() : `Is ${number}  even?`,
        random.pick(["True", "False", "False", "True", "Perhaps"]),
      );
    });
    return toSaid(said.join("\n"));
  };
}

/** A model of which every reply holds exactly so many new examples. */
export function toGenerous(count: number) {
  return ({ key }: ChatRequest) =>
    toSaid(Array.from({ length: count }, (_, i) => toText(`${key} ${i}`)).join("\n"));
}

/** Similarity by the letters that two questions share: cheap, and without ties as a rule. */
export async function similarities(question: string, others: readonly string[]): Promise<number[]> {
  const score = (other: string) =>
    createRandom(question, other).next() + [...other].filter((c) => question.includes(c)).length;
  return others.map(score);
}

/** What can be seen of a creation from outside. */
export interface Seen {
  kept: Example[];
  lineages: Lineage[];
  requests: ChatRequest[];
  rejected: (Provenance & Rejection)[];
  maxInFlight: number;
  /** At each request: how many examples those before it were likely to bring to what was kept. */
  expected: number[];
  state: CreationState;
}

/** Runs a creation and writes down what can be seen of it from outside. */
export async function observe(
  plan: CreationPlan,
  chat: Chat,
  concurrency: number,
  more: Partial<CreationDependencies> = {},
): Promise<Seen> {
  const seen: Omit<Seen, "state"> = {
    kept: [],
    lineages: [],
    rejected: [],
    requests: [],
    maxInFlight: 0,
    expected: [],
  };
  let inFlight = 0;
  let replies = 0;
  const state = await create(plan, {
    chat(request) {
      const yielded = (seen.kept.length + plan.perRequest) / (replies + 1);
      const out = seen.requests.length - replies;
      seen.expected.push(seen.kept.length + out * Math.min(plan.perRequest, yielded));
      seen.requests.push(request);
      inFlight += 1;
      seen.maxInFlight = Math.max(seen.maxInFlight, inFlight);
      return chat(request).finally(() => {
        inFlight -= 1;
      });
    },
    similarities,
    near: [],
    evaluated: null,
    answer: null,
    concurrency,
    keep(example, lineage) {
      seen.lineages.push(lineage);
      seen.kept.push(example);
    },
    reject: (rejection, origin) => void seen.rejected.push({ ...origin, ...rejection }),
    progress(now) {
      replies = now.funnel.completions;
    },
    ...more,
  });
  return { ...seen, state };
}

/** Replies at once, in the order of the requests. */
export const inOrder =
  (model: (request: ChatRequest) => Completion): Chat =>
  async (request) =>
    model(request);

/** Replies in whatever order the scheduler draws. */
export const scheduled =
  (model: (request: ChatRequest) => Completion, scheduler: Scheduler): Chat =>
  (request) =>
    scheduler.schedule(Promise.resolve(model(request)));
