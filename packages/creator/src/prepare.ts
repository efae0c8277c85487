import { readFile } from "node:fs/promises";
import { join } from "node:path";
import {
  type CreatedSetting,
  type Desk,
  ExpectedError,
  formats,
  parseExamples,
  type Recorded,
  type Run,
  recordingFiles,
} from "@seedling/core";
import type { CreationPlan } from "./creation.ts";
import { replyRules } from "./read/read-reply.ts";
import { loadFormattingExample } from "./show/formatting-example.ts";
import { loadInstruction } from "./show/instruction.ts";

/** A creation ready to start. */
export interface Prepared {
  plan: CreationPlan;
  /** The formatting example's row in the train split, from 0; null: not from there. */
  row: number | null;
  /** Whether every benchmark file that was read for it is the original's. */
  verified: boolean;
  /** What a recording of it says. */
  recorded: Recorded;
}

/** Loads the formatting example and the instruction of a run, or takes them from its recording. */
export async function prepareCreation(run: Run, desk: Desk): Promise<Prepared> {
  const { flags, task, seeds, data, completions } = run;
  const { options } = formats[task.format];
  const { numExamples, temperature, topP, maxTokens, replies, patience } = flags;
  const target = flags.examples ?? task.trainSize;
  const model = completions?.model;
  if (target === null || model === undefined)
    throw new ExpectedError(`${task.name}: expected --examples N and a language model`);
  const recording = completions?.kind === "live" ? null : completions?.recording;
  const { example, row, verified } = recording
    ? await readRecorded(recording.folder)
    : await loadFormattingExample(run, desk);
  const instruction =
    recording?.instructionText ??
    (await loadInstruction(flags.instruction, options, numExamples, desk));
  const setting = run.source as CreatedSetting;
  const plan: CreationPlan = {
    setting,
    shape: { formatting: example, options },
    instruction,
    parameters: { model, temperature, topP, maxTokens },
    seed: seeds.creation,
    target,
    perRequest: numExamples,
    readReply: replyRules[replies],
    patience,
  };
  const values = {
    exampleSeed: seeds.example,
    creationSeed: seeds.creation,
    examples: target,
    numExamples,
    ...plan.parameters,
    instruction: flags.instruction,
    similarityEncoder: flags.similarityEncoder,
    replies,
    reply: flags.reply,
    balance: flags.balance,
    chains: flags.chains,
    reject: flags.reject,
    allow: flags.allow,
    nearOverlap: flags.nearOverlap,
    nearCosine: flags.nearCosine,
    verify: flags.verify,
    verifyModel: flags.verifyModel,
    minAgreement: flags.minAgreement,
  };
  const recorded: Recorded = {
    version: 1,
    task: task.name,
    setting,
    data: data.kind,
    instructionText: instruction,
    values,
  };
  return { plan, row, verified, recorded };
}

async function readRecorded(folder: string) {
  const path = join(folder, recordingFiles.example);
  const [example] = parseExamples(await readFile(path, "utf8"), path);
  if (!example) throw new ExpectedError(`${path}: expected the formatting example`);
  return { example, row: null, verified: true };
}
