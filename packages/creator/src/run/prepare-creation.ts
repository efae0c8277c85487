import { existsSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import {
  type Columns,
  type Completions,
  type Context,
  type CreatedSetting,
  checkForm,
  chooseLabelCheck,
  createRandom,
  type DownloadDependencies,
  decodeUtf8,
  type Example,
  ExpectedError,
  FlagError,
  findDtype,
  hashModel,
  hasSplit,
  isReadBy,
  loadSplit,
  mostExamples,
  normaliseQuestion,
  parseExamples,
  type Recording,
  type Run,
  readFormattingExamples,
  readInside,
  recordingFiles,
  sha256,
  type Task,
  toCreationFolder,
  toExamplesJsonl,
  toMessage,
  toSplitPath,
} from "@seedling/core/internal";
import { type CreateExamplesOptions, planExamples } from "../create/creation-options.ts";
import { findRunPrices } from "../llm/prices.ts";
import { describeTask, loadInstruction } from "../prompt/instruction.ts";
import { settings } from "../settings/settings.ts";

/** Examples that `--preview` creates. */
const previewSize = 5;

/** A creation ready to start: everything that it is made of. */
export type PreparedCreation = Awaited<ReturnType<typeof prepareCreation>>;

/**
 * Loads what decides whether a creation is done: its formatting example and instruction, or its recording's, and
 * what it is filtered by. Splits that are only counted against are not read.
 * @throws ExpectedError if it cannot start
 */
export async function loadMade(run: Run, completions: Completions, ctx: Context) {
  const { flags, task } = run;
  if (flags.examples === null && flags.tokens === null && task.trainSize === null)
    throw new ExpectedError(`${task.name}: expected --examples N or --tokens N`);
  const recording = completions.kind === "live" ? null : completions.recording;
  const source = recording
    ? { ...(await loadRecordedExample(run, recording, ctx)), givenAt: null }
    : await loadFormattingExample(run, ctx);
  const instruction =
    recording?.instructionText ??
    (await loadInstruction(
      flags.instruction,
      task,
      flags.numExamples,
      ctx,
      settings[run.source as CreatedSetting].asksForLeaf,
    ));
  const splits = flags.reject?.includes("contaminated") ? await loadComparedSplits(run, ctx) : null;
  const evaluated = splits?.map(({ task, split, sha256 }) => [task, split, sha256]) ?? null;
  return {
    ...source,
    instruction,
    splits,
    /** Hashes of what it is made of. */
    inputs: {
      example: sha256(toExamplesJsonl([source.example, ...source.further])),
      instruction: sha256(instruction),
      // What is only counted may change: "none" differs from every hash, and so from a filtered creation's.
      evaluated: flags.reject?.includes("contaminated")
        ? sha256(JSON.stringify(evaluated))
        : "none",
      ...(await hashEncoder(run)),
    },
  };
}

/**
 * Loads the rest of what a creation takes, and turns flags into its options.
 * @throws ExpectedError if it cannot start; FlagError if a given example stands in a split that is evaluated
 */
export async function prepareCreation(
  run: Run,
  completions: Completions,
  made: Awaited<ReturnType<typeof loadMade>>,
  ctx: Context,
) {
  const { flags, task, seeds } = run;
  const { numExamples, temperature, topP, maxTokens } = flags;
  const { example, further, row, verified, inputs, instruction } = made;
  if (made.givenAt !== null)
    for (const one of [example, ...further]) await checkUnseen(one, made.givenAt, run, ctx);
  const splits = made.splits ?? (await loadComparedSplits(run, ctx));
  const folder = toCreationFolder(run);
  const checkModel = flags.verifyModel ?? completions.model;
  const { reply, balance, chains, chunk, stopWhenFlat } = flags;
  const { replies, reject, allow, patience } = flags;
  const { nearOverlap, nearCosine, similarityEncoder, minAgreement, answers } = flags;
  const { tokens } = flags;
  const wanted = flags.examples ?? (tokens === null ? task.trainSize : mostExamples) ?? 0;
  const isPreview = flags.preview && wanted > previewSize;
  // A recording need not hold blind answers.
  const askBlind = isPreview && completions.kind === "live";
  const labelCheck = chooseLabelCheck(flags) ?? (askBlind ? { times: 1, relabel: false } : null);
  const options: Omit<CreateExamplesOptions, "chat"> = {
    ...{ reply, balance, chains, chunk, stopWhenFlat, replies, reject, allow, patience },
    ...{ nearOverlap, nearCosine, similarityEncoder },
    vectorCache: join(flags.results, "cache", "embeddings"),
    allowShort: flags.allowShort,
    example,
    furtherExamples: further,
    options: task.options,
    setting: run.source as CreatedSetting,
    target: isPreview ? previewSize : wanted,
    tokens,
    parameters: { model: completions.model, temperature, topP, maxTokens },
    seed: seeds.creation,
    concurrency: flags.batch ? Number.POSITIVE_INFINITY : flags.concurrency,
    folder,
    journal: false,
    perRequest: numExamples,
    instruction,
    about: describeTask(task.own),
    descriptions: task.own?.descriptions,
    evaluated: splits,
    verify: labelCheck && { ...labelCheck, minAgreement, answers, model: checkModel },
    log: ctx.log,
    fetch: ctx.fetch,
    env: ctx.env,
  };
  return {
    run,
    completions,
    folder,
    options,
    plan: planExamples(options),
    isPreview,
    /** The formatting example's row in the train split, from 0; null: not from there. */
    row,
    /** Whether every benchmark file that was read for it is the original's. */
    verified,
    /** Hashes of what it is made of. */
    inputs,
    prices: findRunPrices(run, checkModel),
  };
}

/**
 * Loads a recording's formatting example: its file, or where it names a hash alone what its seed draws from the train
 * split.
 * @throws ExpectedError if that is another example
 */
async function loadRecordedExample(run: Run, recording: Recording, ctx: Context) {
  const { folder, exampleSha256: expected } = recording;
  const path = join(folder, recordingFiles.example);
  if (expected !== undefined && !existsSync(path)) {
    const drawn = await loadFormattingExample(run, ctx);
    const hash = sha256(toExamplesJsonl([drawn.example, ...drawn.further]));
    if (hash === expected) return drawn;
    throw new ExpectedError(
      `the recording in ${folder} was made from another formatting example than seed ${run.seeds.example} draws from the train split of ${run.task.name} here: expected SHA-256 ${expected.slice(0, 12)}, got ${hash.slice(0, 12)}: other files of the benchmark`,
    );
  }
  const [example, ...further] = parseExamples(decodeUtf8(readInside(path), path), path);
  if (!example) throw new ExpectedError(`${path}: expected the formatting example`);
  return { example, further, row: null, verified: true };
}

/**
 * Loads the dev and test splits of every task that a run is evaluated on, as far as they are there:
 * what created examples must not be too close to.
 * @returns null where none is there, and, with a line that says why, if one cannot be downloaded and is not
 *   filtered by, but only counted
 * @throws ExpectedError if it is filtered by; always for a damaged file, before anything is paid for
 */
export async function loadComparedSplits({ task: own, tests, data, flags }: Run, ctx: Context) {
  const splits = [];
  for (const task of new Set([own, ...tests]))
    for (const split of ["dev", "test"] as const) {
      if (!(await hasSplit(task, split, data))) continue;
      try {
        const { examples, sha256 } = await loadSplit(task, split, data, ctx);
        splits.push({ task: task.name, split, examples, sha256 });
      } catch (error) {
        const isDamaged = existsSync(toSplitPath(task, split, data));
        const isCounted = !isDamaged && !flags.reject?.includes("contaminated");
        if (!(error instanceof ExpectedError) || !isCounted) throw error;
        ctx.log(`  contamination is not looked for: ${toMessage(error)}`);
        return null;
      }
    }
  return splits.length > 0 ? splits : null;
}

/** Hashes the similarity encoder's folder, where questions are compared by one. */
async function hashEncoder({ source, flags }: Run): Promise<Record<string, string>> {
  const { similarityEncoder: encoder } = flags;
  if (!isReadBy("similarityEncoder", source, flags) || !isAbsolute(encoder)) return {};
  return { similarityEncoder: await hashModel(encoder, await findDtype(encoder, null)) };
}

/**
 * Loads the example that a creation starts from, or several: those of `--example FILE`, else an own task's, else one
 * drawn from the train split with the example seed.
 * @returns its row in the train split, from 0 (null: it is not from there), and whether every benchmark
 *   file that was read for it is the original's
 * @throws ExpectedError if there is no train split; FlagError if a given example is not of the task's
 *   form or stands in a dev or test split that is evaluated
 */
export async function loadFormattingExample(run: Run, deps: DownloadDependencies) {
  const { task, seeds, flags } = run;
  const given =
    flags.example === null ? task.own : await readGiven(flags.example, task, flags.columns);
  const [example, ...further] = given?.examples ?? [];
  if (given && example)
    return { example, further, row: null, verified: true, givenAt: given.examplePath };
  const { examples, verified, path } = await loadTrain(run, deps);
  if (examples.length === 0) throw new ExpectedError(`${path}: expected examples to draw from`);
  const row = createRandom("formatting example", task.name, seeds.example).int(examples.length);
  return { example: examples[row] as Example, further: [], row, verified, givenAt: null };
}

async function readGiven(path: string, task: Task, columns: Columns | null) {
  const examplePath = `--example ${path}`;
  const how = { columns: columns ?? task.columns, options: task.labels };
  let examples: Example[];
  try {
    examples = readFormattingExamples(path, how, examplePath);
  } catch (error) {
    throw new FlagError(toMessage(error));
  }
  for (const example of examples) checkForm(example, task, examplePath, `(${task.name})`);
  return { examples, examplePath };
}

async function loadTrain({ task, data }: Run, deps: DownloadDependencies) {
  try {
    return await loadSplit(task, "train", data, deps);
  } catch (error) {
    if (!(error instanceof ExpectedError) || !error.message.startsWith("expected the train split"))
      throw error;
    throw new ExpectedError(
      `${error.message}; without it, give the formatting example by --example FILE and the number to create by --examples N`,
    );
  }
}

/** @throws FlagError if an example stands in a split that a run is evaluated on. @param where it is given */
export async function checkUnseen(
  example: Example,
  where: string,
  { task, tests, data }: Run,
  deps: DownloadDependencies,
): Promise<void> {
  const question = normaliseQuestion(example.question);
  const evaluated = [[task, "dev"] as const, ...tests.map((test) => [test, "test"] as const)];
  for (const [of, split] of evaluated) {
    if (!(await hasSplit(of, split, data))) continue;
    const { examples } = await loadSplit(of, split, data, deps);
    const row = examples.findIndex((one) => normaliseQuestion(one.question) === question);
    if (row >= 0)
      throw new FlagError(
        `${where}: expected an example that is not evaluated on; it stands in the ${split} split of ${of.name}, row ${row}`,
      );
  }
}
