import { renderSeconds } from "@seedling/core";
import type { StepTold } from "./tune.ts";

/** Milliseconds between lines. */
const every = 15_000;

/**
 * Tells of a step in a line now and then, with the time that is left at most: points may end early.
 * @param now the time in milliseconds
 * @returns what is told of each step, and of the share of the whole training that is done, 0 to 1
 */
export function openPace(
  notice: (line: string) => void,
  now: () => number = Date.now,
): (told: StepTold, done: number) => void {
  let last = now();
  let start: { at: number; done: number } | null = null;
  return ({ learningRate, batchSize, epoch, step, steps, loss }, done) => {
    start ??= { at: now(), done };
    if (now() - last < every) return;
    last = now();
    const perShare = (last - start.at) / (done - start.done);
    const left = renderSeconds(((1 - done) * perShare) / 1000);
    notice(
      `  rate ${learningRate}, batch ${batchSize}: epoch ${epoch}, step ${step} of ${steps}, loss ${loss.toFixed(3)}; about ${left} left at most`,
    );
  };
}
