import { closeSync, existsSync, fstatSync, fsyncSync, ftruncateSync } from "node:fs";
import { join } from "node:path";
import {
  appendWhole,
  joinInside,
  listInside,
  lookUp,
  makeInside,
  mostBytes,
  openInside,
  openSafetensors,
  parseAs,
  readInside,
  removeInside,
  toJsonl,
  writeAtomic,
} from "@seedling/core/internal";
import { z } from "zod";
import { writeSafetensors } from "../checkpoint/write-safetensors.ts";
import { type TrialEpoch, trialEpochSchema } from "../data/trials.ts";
import type { HeldWeights } from "../encoder/held-weights.ts";

/** Weights on disk after an epoch. */
const savedSchema = z.object({
  /** Name of their file. */
  file: z.string(),
  /** Factor of words without a gradient so far: of these decay is all that training changes. */
  decay: z.number(),
});

const stateSchema = z.object({
  /** Hash of everything that the training depends on. */
  key: z.string(),
  /** Bytes of the log that count. */
  logBytes: z.int().nonnegative(),
  /** All epochs of all trials so far, in their order. */
  points: z.array(trialEpochSchema),
  /** Trials that are over. */
  done: z.int().nonnegative(),
  /** The present trial after its last epoch; null: at its start. */
  last: savedSchema.nullable(),
  best: savedSchema.nullable(),
});

/** A training's state after an epoch. */
export type TuningState = Omit<z.infer<typeof stateSchema>, "logBytes" | "key">;

/** The folder of a training's state between its epochs. */
export type TuningFolder = Awaited<ReturnType<typeof openTuningFolder>>;

/**
 * Opens a training's folder. The state of a training of another key is removed.
 * @param key hash of everything that the training depends on
 */
export async function openTuningFolder(folder: string, key: string) {
  const path = join(folder, "state.json");
  const log = join(folder, "log.jsonl");
  const kept = existsSync(path) ? parseAs(readInside(path).toString("utf8"), stateSchema) : null;
  const hasLog = kept !== null && measureFile(log) >= kept.logBytes;
  const start = kept?.key === key && hasLog ? kept : null;
  if (!start) removeInside(folder);
  makeInside(folder);
  withFile(log, (file) => ftruncateSync(file, start?.logBytes ?? 0));
  const { points = [], done = 0, last = null, best = null } = start ?? {};
  let state: TuningState = { points, done, last, best };
  let logBytes = start?.logBytes ?? 0;
  return {
    /** The state as it was left, or at the beginning. */
    get state() {
      return state;
    },
    /** Appends lines to the log. They count from the next `save` on. */
    log(lines: readonly object[]): void {
      const bytes = Buffer.from(toJsonl(lines));
      withFile(log, (file) => {
        appendWhole(file, bytes, fstatSync(file).size);
        fsyncSync(file);
      });
      logBytes += bytes.length;
    },
    /** Writes weights and moments. @returns the file's name */
    async write({ learningRate, batchSize, epoch }: TrialEpoch, held: HeldWeights) {
      const file = `rate-${learningRate}-batch-${batchSize}-epoch-${epoch}.safetensors`;
      await writeSafetensors(join(folder, file), held.listState());
      return file;
    },
    /** Saves a state as the one to continue from, and removes weights that it does not name. */
    save(next: TuningState): void {
      state = next;
      writeAtomic(path, `${JSON.stringify({ key, logBytes, ...state })}\n`);
      const named = [state.last?.file, state.best?.file];
      for (const file of listInside(folder).files)
        if (file.includes(".safetensors") && !named.includes(file))
          removeInside(join(folder, file));
    },
    /** Opens what `write` wrote; the caller closes it. */
    open: (file: string) =>
      openSafetensors(joinInside(folder, file), "remove its folder to train anew", openInside),
    readLog: () => readInside(log, mostBytes.examples).toString("utf8"),
    remove: () => removeInside(folder),
  };
}

function withFile(path: string, work: (file: number) => void): void {
  const file = openInside(path, "append");
  try {
    work(file);
  } finally {
    closeSync(file);
  }
}

function measureFile(path: string): number {
  return lookUp(path)?.size ?? 0;
}
