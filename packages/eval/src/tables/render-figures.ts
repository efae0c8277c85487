import type { Interval } from "@seedling/core";
import type { Baseline } from "../baselines.ts";
import type { Cell } from "./cells.ts";
import type { CellRow } from "./table-rows.ts";

/** What stands where there is no figure. */
export const dash = "–";

/** A share in percent: 0.612844 -> `61.28`, the paper's two digits. */
export function renderPercent(share: number, digits = 2): string {
  return (100 * share).toFixed(digits);
}

/** Both ends in percent: `54.5–61.8`. */
export function renderInterval({ low, high }: Interval): string {
  return `${renderPercent(low, 1)}–${renderPercent(high, 1)}`;
}

/** Examples trained on: `100`, or `37 of 100` where creation stopped short. */
export function renderTrainSize({ n, target }: Cell["train"]): string {
  return n < target ? `${n} of ${target}` : String(n);
}

/** `20.00` (chance), or `61.28 / 61.28` (training majority / best constant). */
export function renderBaseline({ chance, trainMajority, tied, bestConstant }: Baseline): string {
  if (chance !== null) return renderPercent(chance);
  const majority = `${orDash(trainMajority)}${tied ? "†" : ""}`;
  return `${majority} / ${orDash(bestConstant)}`;
}

/** The paper's figure as printed, in parentheses where it is no comparison. */
export function renderPaper({ paper, sample }: CellRow): string {
  if (paper === null) return dash;
  return sample ? `(${paper.toFixed(2)})` : paper.toFixed(2);
}

function orDash(share: number | null): string {
  return share === null ? dash : renderPercent(share);
}
