import type { CreatedSetting, Random } from "@seedling/core/internal";
import { create } from "../src/create/create.ts";
import { openCreationFiles } from "../src/create/create-examples.ts";
import type { Chat } from "../src/llm/chat.ts";
import { createLimits } from "../src/llm/limits.ts";
import { similarities, toPlan, toText } from "./observe-creation.ts";
import { toSaid } from "./shapes.ts";
import { openSimulatedClock } from "./simulated-clock.ts";

/** A creation against a model that exists in simulated time alone. */
export interface Simulated {
  setting: CreatedSetting;
  concurrency: number;
  chains: number;
  /** Requests to ask, five examples each. */
  requests: number;
  /** Milliseconds that the next reply takes. */
  latency: () => number;
}

/** What came of it, the climb to full concurrency and the last replies left out. */
export interface Achieved {
  /** Seconds that the requests would take with `concurrency` of them always out. */
  ideal: number;
  achieved: number;
  kept: number;
}

/** Runs the loop and its limits in simulated time. @param folder for what it creates */
export async function simulate(simulated: Simulated, folder: string): Promise<Achieved> {
  const { setting, concurrency, chains, requests, latency } = simulated;
  const clock = openSimulatedClock();
  const limits = createLimits({ concurrency, clock, log: () => {} });
  let out = 0;
  let full: number | null = null;
  let last = 0;
  let waited = 0;
  const server: Chat = async ({ key }) => {
    out += 1;
    if (full === null && out === concurrency) full = clock.now();
    const ms = latency();
    if (full !== null) {
      last = clock.now();
      waited += ms;
    }
    await clock.sleep(ms);
    out -= 1;
    const texts = Array.from({ length: 5 }, (_, i) => toText(`Is ${key} ${i} even?`));
    return toSaid(texts.join("\n"), { ms });
  };
  const plan = toPlan(setting, { target: requests * 5, perRequest: 5, chains });
  const files = openCreationFiles(folder);
  let kept = 0;
  await create(plan, {
    chat: limits.wrap(server),
    similarities,
    near: [],
    evaluated: null,
    answer: null,
    concurrency,
    reject: files.reject,
    keep(example, lineage) {
      files.keep(example, lineage);
      kept += 1;
    },
    progress: () => {},
  });
  files.close();
  return {
    ideal: waited / concurrency / 1000,
    achieved: (last - (full ?? 0)) / 1000,
    kept,
  };
}

/** Log-normal milliseconds of this mean. */
export function toLogNormal(random: Random, mean: number, sigma: number): () => number {
  return () => mean * Math.exp(sigma * random.normal() - sigma ** 2 / 2);
}
