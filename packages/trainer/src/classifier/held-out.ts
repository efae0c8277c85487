import { join } from "node:path";
import { parseJsonFile, readInside, tryFile, writeAtomic } from "@seedling/core/internal";
import { z } from "zod";
import { judgeTrial } from "../data/metrics.ts";
import { weighByShares } from "../data/shares.ts";
import { calibrate, type HeldOut, listConfidences } from "../data/temperature.ts";
import { chooseThreshold, type HeldOutAnswers, thresholdSchema } from "../data/threshold.ts";
import type { TrialResult } from "../data/trials.ts";
import { classifierFiles } from "./facts.ts";
import type { TrainSetup } from "./train-options.ts";

type Asked = Pick<TrainSetup, "calibration" | "maxError" | "shares" | "dev" | "created" | "log">;

/** Whether a training asks anything of items that it was not fitted to, beyond its choice of a trial. */
export function readsHeldOut({ calibration, maxError, shares, dev }: Asked): boolean {
  return calibration === "temperature" || maxError !== null || (shares !== null && dev.length > 0);
}

/**
 * Finds what a classifier does on items that it was not fitted to: its temperature and its threshold, and of dev,
 * where its log-odds were moved since, the accuracy and loss that it has now. What was found on folds is of other
 * fits, and stays.
 * @param heldOut scores of dev, or out-of-fold ones, with the log-odds as they are now
 */
export function judgeHeldOut(heldOut: HeldOut, setup: Asked) {
  const { calibration: wanted, maxError, shares, dev, created, log } = setup;
  const { items, scores } = heldOut;
  const judged: Partial<TrialResult> =
    shares !== null && dev.length > 0 ? judgeTrial(0, items, scores) : {};
  const weighed = shares === null ? items : weighByShares(items, shares);
  const calibration = wanted === "temperature" ? calibrate({ items: weighed, scores }) : null;
  const { confidence, right } = listConfidences(heldOut, calibration?.temperature ?? 1);
  const answers: HeldOutAnswers = {
    on: dev.length > 0 ? "dev" : "folds",
    ...(created && { created }),
    confidence: confidence.map((one) => Number(one.toFixed(6))),
    right,
  };
  const chosen = maxError === null ? null : chooseThreshold(answers, maxError);
  if (chosen) log(`  ${chosen.line}`);
  return {
    judged,
    calibration: calibration ?? undefined,
    answers,
    facts: {
      ...(calibration && { temperature: calibration.temperature }),
      ...(chosen && { threshold: chosen.threshold }),
    },
  };
}

const { on, created, value } = thresholdSchema.shape;

const heldOutSchema = z
  .object({ on, created, confidence: z.array(value), right: z.array(z.boolean()) })
  .refine(({ confidence, right }) => confidence.length === right.length, {
    message: "expected as many of confidence as of right",
  });

/** Writes a classifier's answers to held-out items, without their texts, for a threshold that is asked for later. */
export function writeHeldOut(folder: string, answers: HeldOutAnswers): void {
  writeAtomic(join(folder, classifierFiles.heldOut), `${JSON.stringify(answers)}\n`);
}

/** Reads a classifier's answers to held-out items. @throws ExpectedError where they cannot be read */
export function readHeldOut(folder: string): HeldOutAnswers {
  const path = join(folder, classifierFiles.heldOut);
  const bytes = tryFile("read", path, () => readInside(path));
  return parseJsonFile(bytes, path, heldOutSchema, "a classifier's answers to held-out items");
}
