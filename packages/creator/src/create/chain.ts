import { createRandom, type Example, hashValue, type Random } from "@seedling/core/internal";
import { createSeenQuestions, type SeenQuestions } from "../filters/duplicates.ts";
import type { Agreement } from "../filters/verify.ts";
import type { ChatRequest } from "../llm/chat.ts";
import { renderShown, renderWantedLabel } from "../prompt/prompt.ts";
import type { Candidate } from "../reply/candidate.ts";
import type { ReplyItem } from "../reply/read-reply.ts";
import { type Queue, type Shown, settings } from "../settings/settings.ts";
import type { CreationPlan } from "./creation.ts";

/** A request whose reply is not processed. */
export interface PendingRequest {
  /** Its index in the plan, from 0: chains take turns. */
  index: number;
  shown: Shown;
  request: ChatRequest;
  /** What the reply holds; null: it has not come. */
  items: ReplyItem[] | null;
  /** The label checks that began when it came. */
  checks: Map<Candidate, Promise<Agreement>>;
}

/**
 * Requests with an order of their own, from the formatting example on; naive and tree have one such
 * chain. Chains know nothing of each other, so that none waits for another.
 */
export interface Chain {
  number: number;
  queue: Queue;
  random: Random;
  /** The questions that it accepted, numbered from 0. */
  seen: SeenQuestions;
  accepted: number;
  /** For each accepted example that was merged its line, or the line that it repeats. */
  lines: number[];
  /** Requests sent, and those whose replies are processed. */
  asked: number;
  processed: number;
  /** The requests between the two, by their number in this chain. */
  waiting: Map<number, PendingRequest>;
  /** Whether a reply is being processed. */
  busy: boolean;
}

/** Creates a chain that has asked nothing. @param read reads a kept example back by its line */
export function createChain(
  plan: CreationPlan,
  number: number,
  read: (line: number) => Example,
): Chain {
  const parts = [plan.seed, plan.setting, ...(number === 0 ? [] : [number])];
  return {
    number,
    queue: settings[plan.setting].createQueue(plan.shape.formatting, read),
    random: createRandom("creation", ...parts),
    seen: createSeenQuestions(),
    accepted: 0,
    lines: [],
    asked: 0,
    processed: 0,
    waiting: new Map(),
    busy: false,
  };
}

/** The index in the plan of a chain's next request. */
export function nextIndex({ chains }: CreationPlan, { asked, number }: Chain): number {
  return asked * chains + number;
}

/** Takes the chain's next request, or null while a reply must be processed first. */
export function takeRequest(plan: CreationPlan, chain: Chain): PendingRequest | null {
  const turn = chain.queue.take(chain.processed === chain.asked);
  if (!turn) return null;
  const index = nextIndex(plan, chain);
  const request = buildRequest(plan, turn.shown.example, {
    chain: chain.number,
    asking: turn.asking,
    label: chain.asked + chain.number,
  });
  const asked: PendingRequest = {
    index,
    shown: turn.shown,
    request,
    items: null,
    checks: new Map(),
  };
  chain.waiting.set(chain.asked++, asked);
  return asked;
}

/** Returns the next request to process in the chain's order, if its reply has come. */
export function nextArrived(chain: Chain): PendingRequest | null {
  const asked = chain.waiting.get(chain.processed);
  return asked?.items ? asked : null;
}

/** Builds a creation's first request, by which the others are priced before any reply has come. */
export function buildFirstRequest(plan: CreationPlan): ChatRequest {
  return buildRequest(plan, plan.shape.formatting, { chain: 0, asking: 0, label: 0 });
}

function buildRequest(
  { instruction, parameters, shape, seed: creationSeed, balance, schema }: CreationPlan,
  shown: Example,
  { chain, asking, label }: { chain: number; asking: number; label: number },
): ChatRequest {
  const wanted = balance ? `\n${renderWantedLabel(shape, label)}` : "";
  const messages: ChatRequest["messages"] = [
    { role: "system", content: instruction + wanted },
    { role: "user", content: renderShown(shown, shape.options) },
  ];
  const seed = Number.parseInt(hashValue([creationSeed, chain, asking]).slice(0, 8), 16) >>> 1;
  const key = hashValue({ ...parameters, messages, seed, schema: schema ?? undefined });
  return { messages, seed, key, ...(schema && { schema }) };
}
