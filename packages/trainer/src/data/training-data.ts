import {
  createRandom,
  type DownloadDependencies,
  dataKindOf,
  type Example,
  hasSplit,
  loadSplit,
  type Random,
  type Run,
  sha256,
  toAnswer,
  toExamplesJsonl,
} from "@seedling/core/internal";
import { z } from "zod";
import { loadPool, type Pool } from "./pools.ts";

/** Where the data of a training came from, as manifests say it. */
export const dataOriginSchema = z.object({
  kind: z.enum(["benchmark", "sample", "own"]),
  verified: z.boolean(),
  /** Fingerprint of a user's own task, which tells it from another of its name. */
  mark: z.string().optional(),
});

/** What a classifier is trained on and chosen by. */
export interface TrainingData extends Omit<Pool, "examples" | "verified"> {
  train: Example[];
  dev: Example[];
  devSource: "human" | "created";
  data: z.infer<typeof dataOriginSchema>;
}

/**
 * Loads the train and dev splits of a run: takes its fraction, holds out a dev split where there is none,
 * and shuffles the labels of what is trained on if that is asked for.
 */
export async function loadTrainingData(
  run: Run,
  deps: DownloadDependencies,
): Promise<TrainingData> {
  const { task, flags, data, seeds } = run;
  const pool = await loadPool(run, deps);
  const take = (n: number) => Math.max(1, Math.round(n * flags.fraction));
  const random = createRandom("fraction", seeds.train);
  const ordered = flags.fractionBy === "random" ? random.shuffled(pool.examples) : pool.examples;
  const examples = ordered.slice(0, take(pool.examples.length));
  const target = take(pool.target);
  const devSource = flags.dev ?? ((await hasSplit(task, "dev", data)) ? "human" : "created");
  const human = devSource === "human" ? await loadSplit(task, "dev", data, deps) : null;
  const { train, dev } = human
    ? { train: examples, dev: human.examples }
    : holdOut(examples, seeds.train);
  return {
    train:
      flags.labels === "true"
        ? train
        : shuffleLabels(train, task.options, createRandom("labels", seeds.train)),
    target: human ? target : target - countHeldOut(target),
    human: pool.human,
    dev,
    devSource,
    data: {
      kind: dataKindOf(task, data),
      verified: pool.verified && (human?.verified ?? true),
      ...(task.fingerprint && { mark: task.fingerprint }),
    },
    creation: pool.creation,
  };
}

/** Holds out a tenth of examples, drawn by a seed, to choose by. */
export function holdOut(
  examples: readonly Example[],
  seed: number,
): { train: Example[]; dev: Example[] } {
  const held = createRandom("dev split", seed).shuffled(examples);
  const size = countHeldOut(examples.length);
  return { train: held.slice(size), dev: held.slice(0, size) };
}

/** Hashes examples as files hold them: a training's inputs in its manifest. */
export function hashExamples(examples: readonly Example[]): string {
  return sha256(toExamplesJsonl(examples));
}

/** Counts how many of n examples are held out as dev: a tenth, at least one. */
export function countHeldOut(n: number): number {
  return Math.max(1, Math.round(n / 10));
}

/**
 * Permutes labels among examples, the control of `--labels shuffled`: the label texts where all have the
 * same options, so that their counts stay; where options vary, the indices of the right option.
 */
export function shuffleLabels(
  examples: readonly Example[],
  options: "fixed" | "varying",
  random: Random,
): Example[] {
  const donors = random.shuffled(examples);
  return examples.map((example, i) => {
    const donor = donors[i] as Example;
    const label =
      options === "fixed"
        ? example.options.indexOf(toAnswer(donor))
        : donor.label % example.options.length;
    return { ...example, label };
  });
}
