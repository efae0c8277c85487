import { readFile } from "node:fs/promises";
import { join } from "node:path";
import {
  type Context,
  type CreatedSetting,
  ExpectedError,
  isReadBy,
  parseExamples,
  type Recorded,
  type Run,
  recordingFiles,
} from "@seedling/core/internal";
import type { CreationPlan } from "../create/create.ts";
import { chooseChecks } from "../filters/checks.ts";
import { loadFormattingExample } from "../prompt/formatting-example.ts";
import { loadInstruction } from "../prompt/instruction.ts";
import { toReplySchema } from "../prompt/reply-schema.ts";
import { readWith } from "../reply/read-reply.ts";
import { toRecorded } from "./recorded.ts";

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
export async function prepareCreation(run: Run, ctx: Context): Promise<Prepared> {
  const { flags, task, seeds, completions } = run;
  const { numExamples, temperature, topP, maxTokens, patience } = flags;
  const target = flags.examples ?? task.trainSize;
  const model = completions?.model;
  if (target === null || model === undefined)
    throw new ExpectedError(`${task.name}: expected --examples N and a language model`);
  const recording = completions?.kind === "live" ? null : completions?.recording;
  const { example, row, verified } = recording
    ? await readRecorded(recording.folder)
    : await loadFormattingExample(run, ctx);
  const instruction =
    recording?.instructionText ??
    (await loadInstruction(flags.instruction, task, numExamples, ctx));
  const setting = run.source as CreatedSetting;
  const shape = { formatting: example, options: task.options };
  const plan: CreationPlan = {
    setting,
    shape,
    instruction,
    parameters: { model, temperature, topP, maxTokens },
    seed: seeds.creation,
    target,
    perRequest: numExamples,
    schema: flags.reply === "schema" ? toReplySchema(shape, numExamples) : null,
    balance: flags.balance,
    chains: isReadBy("chains", setting, flags) ? flags.chains : 1,
    readReply: readWith(flags.replies, flags),
    checks: chooseChecks(flags),
    minAgreement: flags.minAgreement,
    patience,
  };
  const { parameters } = plan;
  const shaping = { setting, instructionText: instruction, target, parameters };
  return { plan, row, verified, recorded: toRecorded(run, shaping) };
}

async function readRecorded(folder: string) {
  const path = join(folder, recordingFiles.example);
  const [example] = parseExamples(await readFile(path, "utf8"), path);
  if (!example) throw new ExpectedError(`${path}: expected the formatting example`);
  return { example, row: null, verified: true };
}
