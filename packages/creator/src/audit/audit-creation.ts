import { join } from "node:path";
import { type CommandContext, creationFiles, openDialogue } from "@seedling/core/internal";
import { openAuditFile } from "./audit-file.ts";
import { readBlindSample, readExamplesAt } from "./blind-sample.ts";
import { findCreation } from "./find-creation.ts";
import { renderLabelAccuracy, toLabelAccuracy } from "./label-accuracy.ts";
import { labelItems } from "./label-items.ts";

/** What is labelled. */
export interface AuditChoice {
  /** The folders that a relative path may be meant from, the results folder last. */
  bases: readonly string[];
  /** Examples to label. */
  sample: number;
  /** Draws the sample, and the order of options. */
  seed: number;
}

/** Asks a person for the labels of a blind sample of a creation, and prints how many of the model's are right. */
export async function auditCreation(
  creation: string,
  { bases, sample, seed }: AuditChoice,
  ctx: CommandContext,
): Promise<void> {
  const folder = findCreation(creation, bases);
  const path = join(folder, creationFiles.created);
  const { items, total, hash } = readBlindSample(path, sample, seed);
  const file = openAuditFile(folder, hash, () => new Date().toISOString(), ctx.log);
  const before = items.filter(({ line }) => file.answers.has(line)).length;
  ctx.log(`${folder}: ${total} created examples, ${items.length} to label, ${before} labelled`);
  ctx.onInterrupt(() => `the answers so far are in ${file.path}`);
  const { ask, close } = openDialogue(ctx);
  await labelItems(items, file, { say: ctx.log, ask });
  close();
  const examples = readExamplesAt(path, new Set(file.answers.keys()));
  ctx.log(renderLabelAccuracy(toLabelAccuracy(examples, file.answers), total, folder));
  if (file.answers.size > 0) ctx.log(`Answers: ${file.path}`);
}
