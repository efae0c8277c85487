import { judgeTrial } from "../data/metrics.ts";
import { weighByShares } from "../data/shares.ts";
import { calibrate, type HeldOut } from "../data/temperature.ts";
import type { TrialResult } from "../data/trials.ts";
import type { TrainSetup } from "./train-options.ts";

type Asked = Pick<TrainSetup, "calibration" | "shares" | "dev">;

/** Whether a training asks anything of items that it was not fitted to, beyond its choice of a trial. */
export function readsHeldOut({ calibration, shares, dev }: Asked): boolean {
  return calibration === "temperature" || (shares !== null && dev.length > 0);
}

/**
 * Finds what a classifier does on items that it was not fitted to: its temperature, and of dev, where its log-odds
 * were moved since, the accuracy and loss that it has now. What was found on folds is of other fits, and stays.
 * @param heldOut scores of dev, or out-of-fold ones, with the log-odds as they are now
 */
export function judgeHeldOut(heldOut: HeldOut, { calibration, shares, dev }: Asked) {
  const { items, scores } = heldOut;
  const judged: Partial<TrialResult> =
    shares !== null && dev.length > 0 ? judgeTrial(0, items, scores) : {};
  if (calibration === "none") return { judged };
  const weighed = shares === null ? items : weighByShares(items, shares);
  return { judged, calibration: calibrate({ items: weighed, scores }) };
}
