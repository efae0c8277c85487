import { renderSeconds, renderWhole } from "@seedling/core/internal";
import type { ScoringProgress, StepProgress } from "./told.ts";
import { renderSettings } from "./tune.ts";

/** Milliseconds between lines. */
const every = 15_000;

/**
 * Tells where a training stands in a line now and then, with the time that is left at most: points may
 * end early.
 * @param now the time in milliseconds
 * @returns what is told of each step and of scoring, and of the share of the whole work that is done, 0 to 1
 */
export function createTuningLog(
  log: (line: string) => void,
  now: () => number = Date.now,
): (told: StepProgress | ScoringProgress, done: number) => void {
  let last = now();
  let start: { at: number; done: number } | null = null;
  return (told, done) => {
    start ??= { at: now(), done };
    if (now() - last < every || done <= start.done) return;
    last = now();
    const perShare = (last - start.at) / (done - start.done);
    const left = renderSeconds(((1 - done) * perShare) / 1000);
    log(
      `  ${renderSettings(told)}: epoch ${told.epoch}, ${renderPlace(told)}; about ${left} left at most`,
    );
  };
}

function renderPlace(told: StepProgress | ScoringProgress): string {
  if ("step" in told) return `step ${told.step} of ${told.steps}, loss ${told.loss.toFixed(3)}`;
  return `${renderWhole(told.scored)} of ${renderWhole(told.items)} dev items scored`;
}
