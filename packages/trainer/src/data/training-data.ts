import { createHash } from "node:crypto";
import { dirname, join } from "node:path";
import {
  applyReview,
  type CreationManifest,
  checkOptions,
  createRandom,
  creationFiles,
  creationManifestSchema,
  type DownloadDependencies,
  dataKindOf,
  type Example,
  ExpectedError,
  endings,
  getReview,
  hashReview,
  hasSplit,
  isCreated,
  loadSplit,
  openInside,
  type Random,
  type Reviewed,
  type Run,
  readExamples,
  readManifest,
  renderCount,
  reviewFile,
  sources,
  toAnswer,
  toCreationFolder,
  toJsonl,
  toPoolRun,
  toRecord,
  toTextKey,
} from "@seedling/core/internal";
import { z } from "zod";
import type { TrainingExample } from "./examples.ts";
import { dealByLabel } from "./folds.ts";
import { answeredLabels, loadTargets, soften, takeAnswer } from "./soft-targets.ts";

/** Where the data of a training came from, as manifests say it. */
export const dataOriginSchema = z.object({
  kind: z.enum(["benchmark", "sample", "own"]),
  verified: z.boolean(),
  /** Fingerprint of a user's own task, which tells it from another of its name. */
  mark: z.string().optional(),
});

/** What a classifier is chosen by. */
export const devSources = ["human", "created", "stratified", "folds"] as const;

export type DevSource = (typeof devSources)[number];

/** What a classifier is trained on and chosen by. */
export type TrainingData = Awaited<ReturnType<typeof loadTrainingData>>;

/**
 * Loads the train and dev splits of a run: takes its fraction, holds out a dev split where there is none,
 * and shuffles the labels of what is trained on, or takes their probabilities, if that is asked for.
 */
export async function loadTrainingData(run: Run, deps: DownloadDependencies) {
  const { task, flags, data, seeds } = run;
  const pool = await loadPool(run, deps);
  const take = (n: number) => Math.max(1, Math.round(n * flags.fraction));
  const random = createRandom("fraction", seeds.train);
  const ordered = flags.fractionBy === "random" ? random.shuffled(pool.examples) : pool.examples;
  const examples = ordered.slice(0, take(pool.examples.length));
  const target = take(pool.target);
  const devSource = await chooseDevSource(run);
  const human = devSource === "human" ? await loadSplit(task, "dev", data, deps) : null;
  const { train, dev } = human
    ? { train: examples, dev: human.examples }
    : divide(examples, devSource, seeds.train);
  return {
    train:
      flags.labels !== "shuffled"
        ? train
        : shuffleLabels(train, task.options, createRandom("labels", seeds.train)),
    target: target - countHeldOut(target, devSource),
    human: pool.human,
    dev,
    devSource,
    data: {
      kind: dataKindOf(task, data),
      verified: pool.verified && (human?.verified ?? true),
      ...(task.fingerprint && { mark: task.fingerprint }),
    },
    creation: pool.creation,
    review: pool.review,
    repeats: pool.repeats ?? 0,
  };
}

/** What a run's classifier is chosen by: by default the human dev split, if the task has one. */
export async function chooseDevSource({ task, flags, data }: Run): Promise<DevSource> {
  return flags.dev ?? ((await hasSplit(task, "dev", data)) ? "human" : "created");
}

/** Divides examples into what is trained on and what is chosen by, drawn by a seed; of folds nothing is held out. */
export function divide(examples: readonly Example[], source: DevSource, seed: number) {
  if (source === "folds") return { train: [...examples], dev: [] };
  const size = countHeldOut(examples.length, source);
  const held = createRandom("dev split", seed).shuffled(examples);
  if (source !== "stratified") return { train: held.slice(size), dev: held.slice(0, size) };
  const parts = dealByLabel(held.map(toAnswer), Math.ceil(held.length / size), seed);
  return {
    train: held.filter((_, i) => parts[i] !== 0),
    dev: held.filter((_, i) => parts[i] === 0),
  };
}

/** Hashes examples as files hold them: a training's inputs in its manifest. */
export function hashExamples(examples: readonly TrainingExample[]): string {
  const hash = createHash("sha256");
  for (const { target, ...example } of examples)
    hash.update(toJsonl([toRecord(example), ...(target ? [target] : [])]));
  return hash.digest("hex");
}

/** Counts how many of n examples are held out as dev: a tenth, at least one; none where there is a dev split, or folds. */
export function countHeldOut(n: number, source: DevSource): number {
  return source === "human" || source === "folds" ? 0 : Math.max(1, Math.round(n / 10));
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

/** All examples of a run, before a fraction and a dev split are taken. */
interface Pool {
  examples: Example[];
  /** How many were wanted: more than there are if creation stopped short. */
  target: number;
  /** Human examples among them, mixed in by `--add-human`. */
  human: number;
  /** Whether every benchmark file that was read is the original's. */
  verified: boolean;
  /** null for what was not created. */
  creation: CreationManifest | null;
  /** What a person's review changed of what was created; null: nothing. */
  review: (Omit<Reviewed, "examples"> & { hash: string }) | null;
  /** How many examples of `--created` have the text of an earlier one. */
  repeats?: number;
}

/** Loads a run's examples, created, human or from a file, with human ones mixed in. */
async function loadPool(run: Run, deps: DownloadDependencies): Promise<Pool> {
  const { task, source, flags, seeds } = run;
  if (sources[source].isHuman) {
    const random = createRandom("human examples", task.name, seeds.creation);
    const { humanRows } = flags;
    const [n, flag] =
      humanRows === null ? [flags.examples, "--examples"] : [humanRows, "--human-rows"];
    const { size, ...drawn } = await drawHuman(run, n, flag, random, deps);
    const target = humanRows === null ? drawn.examples.length : (flags.examples ?? size);
    const examples = Array.from({ length: target }, (_, i) => {
      return drawn.examples[i % drawn.examples.length] as Example;
    });
    return { ...drawn, examples, target, human: 0, creation: null, review: null };
  }
  const own = isCreated(source) ? await loadCreated(run) : await loadFile(run);
  const labelled = toPoolRun(run);
  const pool = labelled ? mixLabelled(run, own, await loadCreated(labelled)) : own;
  const human = flags.addHuman;
  if (human === null) return pool;
  const random = createRandom("added human examples", task.name, seeds.train);
  const drawn = await drawHuman(run, human, "--add-human", random, deps);
  const mix = createRandom("mix", task.name, seeds.train);
  return {
    ...pool,
    examples: mix.shuffled([...pool.examples, ...drawn.examples]),
    target: pool.target + human,
    human,
    verified: pool.verified && drawn.verified,
  };
}

/** Mixes texts of `--pool` that the language model labelled into created examples. */
function mixLabelled({ task, seeds }: Run, own: Pool, labelled: Pool): Pool {
  const random = createRandom("mix of labelled texts", task.name, seeds.train);
  return {
    ...own,
    examples: random.shuffled([...own.examples, ...labelled.examples]),
    target: own.target + labelled.target,
    verified: own.verified && labelled.verified,
  };
}

/** Reads the manifest of a run's creation, if it can be trained on: a partial one by `--allow-short`. */
export async function readUsableCreation(run: Run): Promise<CreationManifest | null> {
  const read = (ending: "done" | "partial") =>
    readManifest(join(toCreationFolder(run), endings[ending]), creationManifestSchema);
  return (await read("done")) ?? (run.flags.allowShort ? await read("partial") : null);
}

async function loadCreated(run: Run): Promise<Pool> {
  const folder = toCreationFolder(run);
  const creation = await readUsableCreation(run);
  if (!creation)
    throw new ExpectedError(`${folder}: expected created examples; run the creator first`);
  const path = join(folder, creationFiles.created);
  const hash = createHash("sha256");
  const examples = await readExamples(path, {
    see: (piece) => hash.update(piece),
    open: openInside,
  });
  const written = creation.outputs[creationFiles.created];
  // Earlier versions wrote no hash of it.
  const isWritten =
    written === undefined ? examples.length === creation.kept : hash.digest("hex") === written;
  if (!isWritten)
    throw new ExpectedError(
      `${path}: expected the file as its creation wrote it, with ${creation.kept} examples, got another: give --created ${path} to train on it as it is, or remove the manifest.json in its folder to process the creation's journal again`,
    );
  const { target, data } = creation;
  const toSoft = createSoftener(run, path, examples, creation);
  const own = { human: 0, verified: data.verified, creation };
  const pool = { ...own, examples: examples.map(toSoft), target, review: null };
  const said = getReview(run);
  const changes = hashReview(said);
  if (changes === null) return pool;
  const where = join(folder, reviewFile);
  const { examples: reviewed, ...review } = applyReview(examples, said, where);
  for (const example of reviewed) checkOptions(example, run.task, where);
  const wanted = target - review.deleted + review.added;
  return {
    ...pool,
    examples: reviewed.map(toSoft),
    target: wanted,
    review: { ...review, hash: changes },
  };
}

/**
 * Creates what gives the examples of a `created.jsonl` their blind answers' labels or probabilities, if a run wants them. Those that a
 * person changed have none: their labels are certain.
 * @param creation null: the file is no creation's
 * @throws ExpectedError where there are none
 */
function createSoftener(
  { flags }: Run,
  path: string,
  examples: readonly Example[],
  creation: CreationManifest | null,
): (example: Example) => TrainingExample {
  const labels = answeredLabels.find((one) => one === flags.labels);
  if (labels === undefined) return (example) => example;
  if (creation === null)
    throw new ExpectedError(
      `--labels ${labels}: expected the ${creationFiles.created} of a creation, with its ${endings.done} and ${creationFiles.lineage} beside it, got ${path}`,
    );
  const targets = loadTargets(path, examples, creation.outputs, labels);
  const take = labels === "soft" ? soften : takeAnswer;
  return (example) => take(example, targets.get(example));
}

/**
 * Draws examples of the human train split.
 * @param n null: all of them, in their order
 * @returns size: examples of the whole split
 */
async function drawHuman(
  { task, data }: Run,
  n: number | null,
  flag: string,
  random: Random,
  deps: DownloadDependencies,
) {
  const { examples, verified, path } = await loadSplit(task, "train", data, deps);
  const size = examples.length;
  if (n === null) return { examples, verified, size };
  checkEnough(examples, n, flag, path);
  return { examples: random.shuffled(examples).slice(0, n), verified, size };
}

/**
 * Reads the file of `--created`, of any form that a split may have.
 * @returns all of its examples, and those that no earlier one has the text of
 * @throws ExpectedError with file and line
 */
export async function readGivenExamples({ task, flags }: Run) {
  const path = flags.created ?? "";
  const all = await readExamples(path, {
    check: (example, where) => checkOptions(example, task, where),
    columns: flags.columns ?? task.columns,
    options: task.labels,
  });
  if (all.length === 0)
    throw new ExpectedError(`--created: expected examples in ${path}, got none`);
  const seen = new Set<string>();
  const distinct = all.filter((example) => {
    const text = toTextKey(example);
    const isNew = !seen.has(text);
    seen.add(text);
    return isNew;
  });
  return { all, distinct };
}

/** The examples of `--created`, or the first of them; with `--distinct` each text once, and of these so many drawn. */
async function loadFile(run: Run): Promise<Pool> {
  const { task, flags, seeds } = run;
  const path = flags.created ?? "";
  const { all, distinct } = await readGivenExamples(run);
  const wanted = flags.distinct ? distinct : all;
  const target = flags.examples ?? wanted.length;
  checkEnough(wanted, target, flags.distinct ? "--examples, --distinct" : "--examples", path);
  const toSoft = createSoftener(
    run,
    path,
    all,
    await readManifest(join(dirname(path), endings.done), creationManifestSchema),
  );
  const isDrawn = flags.distinct && target < wanted.length;
  const random = createRandom("given examples", task.name, seeds.train);
  const ordered = isDrawn ? random.shuffled(wanted) : wanted;
  const examples = ordered.slice(0, target).map(toSoft);
  const repeats = all.length - distinct.length;
  return { examples, target, human: 0, verified: true, creation: null, review: null, repeats };
}

function checkEnough(examples: readonly Example[], n: number, flag: string, path: string): void {
  if (n > examples.length)
    throw new ExpectedError(
      `${path}: expected ${renderCount(n, "example")} (${flag}), got ${examples.length}`,
    );
}
