import { join } from "node:path";
import {
  type CreationManifest,
  creationFiles,
  creationManifestSchema,
  type Example,
  ExpectedError,
  endings,
  hasSplit,
  isCreated,
  loadSplit,
  type Outside,
  openRandom,
  type Run,
  readExamples,
  readManifest,
  toCreationFolder,
} from "@seedling/core";
import type { TrainingManifest } from "./training-manifest.ts";

/** What a classifier is trained on and chosen by. */
export interface TrainingData {
  train: Example[];
  /** How many that would be, had creation not stopped short. */
  target: number;
  dev: Example[];
  devSource: "human" | "created";
  data: TrainingManifest["data"];
  /** null for human data. */
  creation: CreationManifest | null;
}

interface Pool {
  examples: Example[];
  target: number;
  verified: boolean;
  creation: CreationManifest | null;
}

/** Loads the train and dev splits of a run, its fraction taken, its dev split held out if need be. */
export async function loadTrainingData(run: Run, outside: Outside): Promise<TrainingData> {
  const { task, flags, data, seeds } = run;
  const pool = isCreated(run.source) ? await loadCreated(run) : await loadHuman(run, outside);
  const take = (n: number) => Math.max(1, Math.round(n * flags.fraction));
  const random = openRandom("fraction", seeds.train);
  const ordered = flags.fractionBy === "random" ? random.shuffled(pool.examples) : pool.examples;
  const examples = ordered.slice(0, take(pool.examples.length));
  const { creation } = pool;
  const common = { data: { kind: data.kind, verified: pool.verified }, creation };
  const devSource = flags.dev ?? ((await hasSplit(task, "dev", data)) ? "human" : "created");
  if (devSource === "human") {
    const dev = await loadSplit(task, "dev", data, outside);
    const verified = pool.verified && dev.verified;
    const target = take(pool.target);
    return {
      ...common,
      train: examples,
      target,
      dev: dev.examples,
      devSource,
      data: { kind: data.kind, verified },
    };
  }
  const held = openRandom("dev split", seeds.train).shuffled(examples);
  const size = toDevSize(examples.length);
  const target = take(pool.target) - toDevSize(take(pool.target));
  return { ...common, train: held.slice(size), target, dev: held.slice(0, size), devSource };
}

/** A tenth, one at least. */
function toDevSize(n: number): number {
  return Math.max(1, Math.round(n / 10));
}

async function loadCreated(run: Run): Promise<Pool> {
  const folder = toCreationFolder(run);
  const read = (ending: "done" | "partial") =>
    readManifest(join(folder, endings[ending]), creationManifestSchema);
  const creation = (await read("done")) ?? (run.flags.allowShort ? await read("partial") : null);
  if (!creation)
    throw new ExpectedError(`${folder}: expected created examples; run the creator first`);
  const examples = await readExamples(join(folder, creationFiles.created));
  if (examples.length !== creation.kept)
    throw new ExpectedError(
      `${folder}: expected ${creation.kept} examples in created.jsonl, got ${examples.length}; remove the folder's manifest.json to settle it again`,
    );
  return { examples, target: creation.target, verified: creation.data.verified, creation };
}

async function loadHuman({ task, data, flags, seeds }: Run, outside: Outside): Promise<Pool> {
  const { examples, verified, path } = await loadSplit(task, "train", data, outside);
  if (flags.examples === null)
    return { examples, target: examples.length, verified, creation: null };
  if (flags.examples > examples.length)
    throw new ExpectedError(
      `${path}: expected ${flags.examples} examples (--examples), got ${examples.length}`,
    );
  const drawn = openRandom("human examples", task.name, seeds.creation).shuffled(examples);
  return {
    examples: drawn.slice(0, flags.examples),
    target: flags.examples,
    verified,
    creation: null,
  };
}
