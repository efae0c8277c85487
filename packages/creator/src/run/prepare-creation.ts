import { readFile } from "node:fs/promises";
import { isAbsolute, join } from "node:path";
import {
  type Completions,
  type Context,
  type CreatedSetting,
  decodeUtf8,
  ExpectedError,
  findDtype,
  hashModel,
  hasSplit,
  isReadBy,
  loadSplit,
  parseExamples,
  type Run,
  recordingFiles,
  sha256,
  toCreationFolder,
  toExamplesJsonl,
  toMessage,
} from "@seedling/core/internal";
import type { CreationPlan } from "../create/creation.ts";
import { type CreateExamplesOptions, planExamples } from "../create/creation-options.ts";
import type { ComparedSplit } from "../filters/contamination.ts";
import { findRunPrices, type ModelPrices } from "../llm/run-prices.ts";
import { loadFormattingExample } from "../prompt/formatting-example.ts";
import { loadInstruction } from "../prompt/instruction.ts";

/** A creation ready to start: everything that it is made of. */
export interface PreparedCreation {
  run: Run;
  completions: Completions;
  folder: string;
  options: Omit<CreateExamplesOptions, "chat">;
  plan: CreationPlan;
  /** The formatting example's row in the train split, from 0; null: not from there. */
  row: number | null;
  /** Whether every benchmark file that was read for it is the original's. */
  verified: boolean;
  /** How many items of each split stand against contamination; null: it is not looked for. */
  against: Record<string, number> | null;
  /** Hashes of what it is made of. */
  inputs: Record<string, string>;
  prices: ModelPrices;
  /** The model that checks labels. */
  checkModel: string;
}

/**
 * Loads what a creation is made of, or takes it from its recording, and turns flags into its options.
 * @throws ExpectedError if it cannot start
 */
export async function prepareCreation(
  run: Run,
  completions: Completions,
  ctx: Context,
): Promise<PreparedCreation> {
  const { flags, task, seeds } = run;
  const { numExamples, temperature, topP, maxTokens } = flags;
  const target = flags.examples ?? task.trainSize;
  if (target === null) throw new ExpectedError(`${task.name}: expected --examples N`);
  const recording = completions.kind === "live" ? null : completions.recording;
  const { example, row, verified } = recording
    ? await readRecorded(recording.folder)
    : await loadFormattingExample(run, ctx);
  const instruction =
    recording?.instructionText ??
    (await loadInstruction(flags.instruction, task, numExamples, ctx));
  const splits = await loadComparedSplits(run, ctx);
  const setting = run.source as CreatedSetting;
  const folder = toCreationFolder(run);
  const checkModel = flags.verifyModel ?? completions.model;
  const { reply, balance, chains, replies, reject, allow, patience } = flags;
  const { nearOverlap, nearCosine, similarityEncoder } = flags;
  const options: PreparedCreation["options"] = {
    ...{ reply, balance, chains, replies, reject, allow, patience },
    ...{ nearOverlap, nearCosine, similarityEncoder },
    allowShort: true,
    example,
    options: task.options,
    setting,
    target,
    parameters: { model: completions.model, temperature, topP, maxTokens },
    seed: seeds.creation,
    concurrency: flags.batch ? Number.POSITIVE_INFINITY : flags.concurrency,
    folder,
    journal: false,
    perRequest: numExamples,
    instruction,
    about: task.own?.instruction ?? null,
    evaluated: splits,
    verify:
      flags.verify === null
        ? null
        : { times: flags.verify, minAgreement: flags.minAgreement, model: checkModel },
    log: ctx.log,
  };
  const plan = planExamples(options);
  return {
    run,
    completions,
    folder,
    options,
    plan,
    row,
    verified,
    against: splits && countItems(splits),
    inputs: await hashInputs(run, plan, splits),
    prices: findRunPrices(run, checkModel),
    checkModel,
  };
}

async function readRecorded(folder: string) {
  const path = join(folder, recordingFiles.example);
  const [example] = parseExamples(decodeUtf8(await readFile(path), path), path);
  if (!example) throw new ExpectedError(`${path}: expected the formatting example`);
  return { example, row: null, verified: true };
}

/** A split that is evaluated on, with its file's hash. */
interface EvaluatedSplit extends ComparedSplit {
  sha256: string;
}

/**
 * Loads the dev and test splits of every task that a run is evaluated on, as far as they are there:
 * what created examples must not be too close to.
 * @returns null where none is there, and, with a line that says why, if one cannot be loaded and is not
 *   filtered by, but only counted
 * @throws ExpectedError if it is filtered by
 */
async function loadComparedSplits(
  { task: own, tests, data, flags }: Run,
  ctx: Context,
): Promise<EvaluatedSplit[] | null> {
  const splits: EvaluatedSplit[] = [];
  try {
    for (const task of new Set([own, ...tests]))
      for (const split of ["dev", "test"] as const) {
        if (!(await hasSplit(task, split, data))) continue;
        const { examples, sha256 } = await loadSplit(task, split, data, ctx);
        splits.push({ task: task.name, split, examples, sha256 });
      }
  } catch (error) {
    if (!(error instanceof ExpectedError) || filtersContaminated(flags)) throw error;
    ctx.log(`  contamination is not looked for: ${toMessage(error)}`);
    return null;
  }
  return splits.length > 0 ? splits : null;
}

function filtersContaminated({ reject }: Run["flags"]): boolean {
  return reject?.includes("contaminated") ?? false;
}

function countItems(splits: readonly ComparedSplit[]): Record<string, number> {
  return Object.fromEntries(
    splits.map(({ task, split, examples }) => [`${task}/${split}`, examples.length]),
  );
}

/** Hashes what a creation is made of, as its manifest records it. */
async function hashInputs(
  { source, flags }: Run,
  { shape, instruction }: CreationPlan,
  splits: readonly EvaluatedSplit[] | null,
): Promise<Record<string, string>> {
  const { similarityEncoder: encoder } = flags;
  const measures = isReadBy("similarityEncoder", source, flags) && isAbsolute(encoder);
  const evaluated = splits?.map(({ task, split, sha256 }) => [task, split, sha256]);
  return {
    example: sha256(toExamplesJsonl([shape.formatting])),
    instruction: sha256(instruction),
    // What is only counted may change: "none" differs from every hash, and so from a filtered creation's.
    evaluated: filtersContaminated(flags) ? sha256(JSON.stringify(evaluated ?? null)) : "none",
    ...(measures && {
      similarityEncoder: await hashModel(encoder, await findDtype(encoder, null)),
    }),
  };
}
