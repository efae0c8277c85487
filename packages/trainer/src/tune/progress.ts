import { renderSeconds } from "@seedling/core/internal";

/**
 * Is called after each step and batch of scoring.
 * @param what trial, epoch, and how far it is, in words
 * @param done the fraction of the whole work, 0 to 1
 */
export type OnTuningProgress = (what: string, done: number) => void;

const every = 15_000;

/**
 * Creates a progress log: a line now and then, with the time left at most by the speed measured so far;
 * trials may end early.
 * @param now the time in milliseconds
 */
export function createTuningLog(
  log: (line: string) => void,
  now: () => number = Date.now,
): OnTuningProgress {
  let last = now();
  let start: { at: number; done: number } | null = null;
  return (what, done) => {
    start ??= { at: now(), done };
    if (now() - last < every || done <= start.done) return;
    last = now();
    const wholeTime = (last - start.at) / (done - start.done);
    const left = renderSeconds(((1 - done) * wholeTime) / 1000);
    log(`  ${what}; about ${left} left at most`);
  };
}
