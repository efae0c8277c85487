import { setImmediate } from "node:timers/promises";
import { renderWhole } from "@seedling/core/internal";
import { HttpError } from "./local-server.ts";

/** What waits for its place in a batch. */
interface Job<Item, Answer> {
  item: Item;
  since: number;
  resolve: (answer: Answer) => void;
  reject: (error: unknown) => void;
}

export interface QueueOptions {
  /** Items of a batch at most. */
  batchSize: number;
  /** Items that may wait. */
  mostWaiting: number;
  /** Is called for each batch that is done. @param waited seconds of its first item */
  onBatch?: (size: number, waited: number, seconds: number) => void;
}

/**
 * Gathers what comes while a batch is in work into the next, first come, first served. One at a time: of two, each
 * would have half of what waits, and cost more.
 * @param work answers a batch, item by item
 */
export function createBatchQueue<Item, Answer>(
  work: (items: Item[]) => Promise<Answer[]>,
  { batchSize, mostWaiting, onBatch = () => {} }: QueueOptions,
) {
  const waiting: Job<Item, Answer>[] = [];
  let isWorking = false;

  async function workOff(): Promise<void> {
    if (isWorking) return;
    isWorking = true;
    while (waiting.length > 0) {
      await setImmediate(); // what comes in the same turn of the event loop goes together
      await runBatch(waiting.splice(0, batchSize));
    }
    isWorking = false;
  }

  async function runBatch(jobs: Job<Item, Answer>[]): Promise<void> {
    const start = performance.now();
    const waited = start - (jobs[0]?.since ?? start);
    try {
      const answers = await work(jobs.map(({ item }) => item));
      for (const [i, job] of jobs.entries()) job.resolve(answers[i] as Answer);
    } catch (error) {
      for (const job of jobs) job.reject(error);
    }
    onBatch(jobs.length, waited / 1000, (performance.now() - start) / 1000);
  }

  return {
    /** How many wait. */
    get size(): number {
      return waiting.length;
    },
    /** @throws HttpError (429) where too many wait already; none of these is then taken */
    async add(items: readonly Item[]): Promise<Answer[]> {
      if (waiting.length + items.length > mostWaiting)
        throw new HttpError(
          429,
          `${renderWhole(waiting.length)} texts wait already, and ${renderWhole(mostWaiting)} may: ask again later`,
          { "Retry-After": "1" },
        );
      const since = performance.now();
      const answers = items.map(
        (item) =>
          new Promise<Answer>((resolve, reject) => waiting.push({ item, since, resolve, reject })),
      );
      void workOff();
      return Promise.all(answers);
    },
  };
}
