import {
  type CreationManifest,
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
import { loadPool } from "./pools.ts";

/** Where the data of a training came from, as manifests say it. */
export const dataOriginSchema = z.object({
  kind: z.enum(["benchmark", "sample", "own"]),
  verified: z.boolean(),
  /** Fingerprint of a user's own task, which tells it from another of its name. */
  mark: z.string().optional(),
});

export type DataOrigin = z.infer<typeof dataOriginSchema>;

/** What a classifier is trained on and chosen by. */
export interface TrainingData {
  train: Example[];
  /** How many that would be, had creation not stopped short. */
  target: number;
  /** How many human examples were mixed in, before a fraction was taken. */
  human: number;
  dev: Example[];
  devSource: "human" | "created";
  data: DataOrigin;
  /** null for what was not created. */
  creation: CreationManifest | null;
}

/**
 * Loads the train and dev splits of a run, its fraction taken, its dev split held out if need be, and
 * what is trained on with shuffled labels if that is asked for: what it is chosen by never is.
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
  const { creation, human } = pool;
  const origin = (verified: boolean): DataOrigin => ({
    kind: dataKindOf(task, data),
    verified,
    ...(task.fingerprint && { mark: task.fingerprint }),
  });
  const devSource = flags.dev ?? ((await hasSplit(task, "dev", data)) ? "human" : "created");
  const common = { human, devSource, creation };
  const label = (kept: Example[]) =>
    flags.labels === "true"
      ? kept
      : shuffleLabels(kept, task.options, createRandom("labels", seeds.train));
  if (devSource === "human") {
    const dev = await loadSplit(task, "dev", data, deps);
    return {
      ...common,
      train: label(examples),
      target: take(pool.target),
      dev: dev.examples,
      data: origin(pool.verified && dev.verified),
    };
  }
  const { train, dev } = holdOut(examples, seeds.train);
  return {
    ...common,
    train: label(train),
    target: take(pool.target) - countHeldOut(take(pool.target)),
    dev,
    data: origin(pool.verified),
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

/** A hash of examples as files hold them: what a training's inputs are known by. */
export function hashExamples(examples: readonly Example[]): string {
  return sha256(toExamplesJsonl(examples));
}

/** How many of n examples are held out to choose by: a tenth, one at least. */
export function countHeldOut(n: number): number {
  return Math.max(1, Math.round(n / 10));
}

/**
 * The control of `--labels shuffled`: the same examples with their labels permuted among them. Where
 * all have the same options the label texts are, so that their counts stay; where options vary, the
 * places of the right option are.
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
