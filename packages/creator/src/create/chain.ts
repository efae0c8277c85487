import { createRandom, type Example, hashValue, type Random } from "@seedling/core/internal";
import { openSeen, type Seen } from "../filters/seen.ts";
import type { Agreement } from "../filters/verify.ts";
import type { ChatRequest } from "../llm/chat.ts";
import { type NumberList, openNumberList } from "../llm/number-list.ts";
import { renderWantedLabel } from "../prompt/balance.ts";
import { renderShown } from "../prompt/prompt.ts";
import type { Candidate } from "../reply/candidate.ts";
import type { Reading } from "../reply/read-reply.ts";
import type { Queue, Shown } from "../settings/queue.ts";
import { settings } from "../settings/settings.ts";
import type { CreationPlan } from "./create.ts";

/** A request whose reply is not settled. */
export interface Asked {
  /** Its place in the plan, from 0: chains take turns. */
  place: number;
  shown: Shown;
  request: ChatRequest;
  /** What the reply holds; null: it has not come. */
  readings: Reading[] | null;
  /** The label checks that were begun when it came. */
  checks: Map<Candidate, Promise<Agreement>>;
}

/**
 * Requests with an order of their own, from the formatting example on: a chain, or the one queue of
 * naive and tree. Chains know nothing of each other, so that none waits for another.
 */
export interface Lane {
  chain: number;
  queue: Queue;
  random: Random;
  /** The questions it accepted: alone by their lines in `created.jsonl`, else by their order. */
  seen: Seen;
  accepted: number;
  /** For each that was merged, its line, or the line that it repeats. */
  lines: NumberList;
  /** How many were asked, and of how many the replies are settled. */
  asked: number;
  settled: number;
  /** Those between the two, by their number in this lane. */
  out: Map<number, Asked>;
  /** Whether a reply is being settled. */
  busy: boolean;
}

/** Opens a lane. @param read reads a kept example back by its line */
export function openLane(plan: CreationPlan, chain: number, read: (line: number) => Example): Lane {
  const { formatting } = plan.shape;
  const parts = [plan.seed, plan.setting, ...(chain === 0 ? [] : [chain])];
  return {
    chain,
    queue: settings[plan.setting].openQueue(formatting, read),
    random: createRandom("creation", ...parts),
    seen: openSeen(),
    accepted: 0,
    lines: openNumberList(),
    asked: 0,
    settled: 0,
    out: new Map(),
    busy: false,
  };
}

/** The lane's next request, or null while a reply must be settled first. */
export function takeRequest(plan: CreationPlan, lane: Lane): Asked | null {
  const turn = lane.queue.take(lane.settled === lane.asked);
  if (!turn) return null;
  const number = lane.asked++;
  const request = toRequest(plan, turn.shown.example, {
    chain: lane.chain,
    asking: turn.asking,
    label: number + lane.chain,
  });
  const place = number * plan.chains + lane.chain;
  const asked: Asked = { place, shown: turn.shown, request, readings: null, checks: new Map() };
  lane.out.set(number, asked);
  return asked;
}

/** The next request to settle in the lane's order, if its reply has come. */
export function nextArrived(lane: Lane): Asked | null {
  const asked = lane.out.get(lane.settled);
  return asked?.readings ? asked : null;
}

function toRequest(
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
