import { join } from "node:path";
import {
  bagOfWords,
  ExpectedError,
  hashValue,
  parseJsonFile,
  type Run,
  readInside,
  renderCount,
  renderWhole,
  shortenModelName,
  toTrainingFolder,
  writeAtomic,
} from "@seedling/core/internal";
import { z } from "zod";
import { hashEncoder } from "../checkpoint/encoder-hash.ts";
import { type SelectOptions, selectExamples } from "../classifier/select-examples.ts";
import { defaults } from "../classifier/train-options.ts";
import type { TrainingManifest } from "../classifier/training-manifest.ts";
import type { TrainingExample } from "../data/examples.ts";
import type { TrainingData } from "../data/training-data.ts";
import type { FrozenEncoder, ModelOptions } from "../features/frozen-encoder.ts";

/** Lists the rows, from 0, of the examples that a run trains on, of those it could; a file beside its manifest. */
const selectedFile = "selected.json";

/**
 * What reads the examples that `--select coverage` chooses among: the encoder that is trained with, as the head on it
 * reads, or from the same weights as full tuning; any other as the defaults say.
 */
function chooseEncoder({ flags }: Run): FrozenEncoder {
  const own = flags.encoder === bagOfWords ? String(defaults.encoder) : flags.encoder;
  const encoder = flags.selectEncoder ?? own;
  const isOwn = encoder === flags.encoder;
  const { runtime, dtype, prompt } = isOwn && flags.tune === "head" ? flags : defaults;
  const read = { encoder, runtime, dtype, prompt, maxLength: flags.maxLength };
  return isOwn && flags.tune === "full" ? { ...read, runtime: "tfjs" } : read;
}

/** Hashes the encoder that selects a run's examples, if it is a folder; null: none does. */
export async function hashSelectEncoder(run: Run): Promise<string | null> {
  if (run.flags.select !== "coverage") return null;
  return hashEncoder({ ...chooseEncoder(run), tune: "head" });
}

/**
 * Selects what a run trains on, by `--select` and `--keep`, and writes which rows these are.
 * @returns its data with these alone, and the hash of what was written, by the file's name
 */
export async function selectTraining(
  run: Run,
  data: TrainingData,
  models: ModelOptions,
): Promise<{ data: TrainingData; outputs: TrainingManifest["outputs"] }> {
  const { task, seeds, flags } = run;
  const { select, keep } = flags;
  if (select === null || keep === null) return { data, outputs: {} };
  const named = chooseEncoder(run);
  const options: SelectOptions = { ...named, ...models, select, keep, seed: seeds.train };
  const rows = await selectExamples(data.train, { ...options, classes: task.labels });
  const by =
    select === "coverage" ? `cover them best by ${shortenModelName(named.encoder)}` : "were drawn";
  models.log?.(
    `  --select ${select}: ${renderWhole(rows.length)} of ${renderCount(data.train.length, "example")}, which ${by}`,
  );
  writeAtomic(join(toTrainingFolder(run), selectedFile), `${JSON.stringify(rows)}\n`);
  const short = data.target - data.train.length;
  const target = rows.length + Math.round(short * keep);
  return {
    data: { ...data, train: rows.map((row) => data.train[row] as TrainingExample), target },
    outputs: { [selectedFile]: hashValue(rows) },
  };
}

/**
 * Picks of the examples that a classifier could be trained on those that it was trained on.
 * @param folder of its training
 * @throws ExpectedError if the list of them is not there as it was written
 */
export function pickTrained<T>(
  folder: string,
  examples: readonly T[],
  { outputs }: Pick<TrainingManifest, "outputs">,
): readonly T[] {
  const hash = outputs[selectedFile];
  if (hash === undefined) return examples;
  const path = join(folder, selectedFile);
  const expected = `rows from 0 to ${examples.length - 1}`;
  const row = z.int().nonnegative().lt(examples.length);
  const rows = parseJsonFile(readInside(path), path, z.array(row), expected);
  if (hashValue(rows) !== hash) throw new ExpectedError(`${path}: expected it as it was written`);
  return rows.map((row) => examples[row] as T);
}
