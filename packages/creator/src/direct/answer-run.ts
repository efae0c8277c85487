import { rmSync } from "node:fs";
import { join } from "node:path";
import {
  type Context,
  endings,
  lockFolder,
  type Run,
  toCreationFolder,
  toRunName,
} from "@seedling/core/internal";
import { findRunPrices } from "../llm/prices.ts";
import { writeRecording } from "../llm/recorded.ts";
import { openRunChat, type StageDependencies } from "../llm/run-chat.ts";
import { answerTest } from "./answer-test.ts";
import { directParameters, listAnswerFolders, planAnswers } from "./plan-answers.ts";

/**
 * Has the language model answer the items of a run's test sets itself, those that it has not: a
 * control that trains nothing. Replies go to a journal in the run's folder, which can be replayed as
 * a creation's; answers and a manifest stand in a folder for each test set.
 */
export async function answerRun(run: Run, ctx: Context, deps: StageDependencies): Promise<void> {
  const { completions, flags } = run;
  if (completions === null) return;
  const { tests } = await planAnswers(run, ctx, new Set());
  const folder = toCreationFolder(run);
  rmSync(join(folder, endings.failed), { force: true });
  if (tests.length === 0) {
    ctx.log(`${toRunName(run)}: already answered`);
    return;
  }
  const unlock = lockFolder(folder);
  try {
    const parameters = directParameters(run);
    writeRecording(run, folder, "", {
      setting: "direct",
      instructionText: run.task.own?.instruction ?? "",
      target: 0,
      parameters: { ...parameters, maxTokens: flags.maxTokens },
    });
    const prices = findRunPrices(run, completions.model);
    const neighbours = listAnswerFolders(folder);
    const options = { completions, folder, neighbours, flags, prices, ctx, ...deps };
    const source = await openRunChat(options);
    const removeInterrupt = ctx.onInterrupt(
      () => `${toRunName(run)}: every reply that came is saved in ${folder}`,
    );
    try {
      const chat = source.chat(parameters, prices.creating);
      for (const one of tests)
        if (await answerTest(run, one, { completions, chat, clock: deps.clock, ctx })) break;
    } finally {
      removeInterrupt();
      await source.close();
    }
  } finally {
    unlock();
  }
}
