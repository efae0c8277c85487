import { rmSync } from "node:fs";
import { join } from "node:path";
import {
  type AnswersManifest,
  answersFile,
  type Completions,
  type Context,
  endings,
  lockFolder,
  type Run,
  toAnswersFolder,
  toCreationFolder,
  toJsonl,
  toMessage,
  toRunName,
  writeAtomic,
  writeEnding,
} from "@seedling/core/internal";
import { addReply, createTokenCount } from "../create/creation-state.ts";
import type { Chat } from "../llm/chat.ts";
import { findRunPrices } from "../llm/prices.ts";
import { writeRecording } from "../llm/recorded.ts";
import { findStop, openRunChat, type RunChat, type StageDependencies } from "../llm/run-chat.ts";
import { answerItems } from "./answer-items.ts";
import { buildAnswersManifest, renderAnswered } from "./answers-manifest.ts";
import {
  directParameters,
  listAnswerFolders,
  planAnswers,
  type Unanswered,
} from "./plan-answers.ts";

/** Where the answers come from, in words. */
const answeredBy: Record<Completions["kind"], string> = {
  live: "",
  replay: ", replayed",
  sample: ", from the bundled SAMPLE's recording; not the benchmark, not a live run",
};

/** Milliseconds between two lines that say how far the answers are. */
const between = 10_000;

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
    writeRecording(run, folder, {
      example: "",
      setting: "direct",
      instructionText: run.task.own?.instruction ?? "",
      target: 0,
      parameters: { ...directParameters(run), maxTokens: flags.maxTokens },
    });
    const prices = findRunPrices(run, completions.model);
    const neighbours = listAnswerFolders(folder);
    const source = await openRunChat({
      ...{ completions, folder, neighbours, flags, prices, ctx },
      ...deps,
    });
    const removeInterrupt = ctx.onInterrupt(
      () => `${toRunName(run)}: every reply that came is saved in ${folder}`,
    );
    try {
      for (const one of tests)
        if (await answerTest(one, { run, completions, source, ctx, ...deps })) break;
    } finally {
      removeInterrupt();
      await source.close();
    }
  } finally {
    unlock();
  }
}

interface AnswerWork extends StageDependencies {
  run: Run;
  completions: Completions;
  source: RunChat;
  ctx: Context;
}

/** Answers one test set. @returns why it ended early, or null */
async function answerTest(
  one: Unanswered,
  { run, completions, source, ctx, clock }: AnswerWork,
): Promise<AnswersManifest["stopped"]> {
  const { examples } = one.split;
  const prices = findRunPrices(run, completions.model).creating;
  const parameters = directParameters(run);
  const asking = source.chat(parameters, prices);
  const usage = createTokenCount();
  let date = "";
  const chat: Chat = async (request) => {
    const completion = await asking(request);
    addReply(usage, completion);
    if (completion.at > date) date = completion.at;
    return completion;
  };
  ctx.log(
    `${toRunName(run)}: ${completions.model} answers ${examples.length} test items of ${one.test.name}${answeredBy[completions.kind]}`,
  );
  let printed = clock.now();
  const { answers, error } = await answerItems(examples, {
    chat,
    concurrency: run.flags.batch ? examples.length : run.flags.concurrency,
    parameters,
    seed: run.seeds.creation,
    about: run.task.own?.instruction ?? null,
    progress(answered) {
      if (clock.now() - printed < between) return;
      printed = clock.now();
      ctx.log(`  ${answered} of ${examples.length} answered`);
    },
  });
  const stopped = findStop(error);
  if (error !== null && stopped === null) throw error;
  const manifest = buildAnswersManifest(run, one, { answers, usage, date, stopped, prices });
  const folder = toAnswersFolder(run, one.test);
  if (stopped === null) writeAtomic(join(folder, answersFile), toJsonl(answers));
  writeEnding(folder, stopped === null ? "done" : "partial", manifest);
  ctx.log(renderAnswered(manifest));
  const then = stopped === "cap" ? "; a larger cap goes on from here" : "";
  if (error !== null) ctx.log(`  ${toMessage(error)}${then}`);
  return stopped;
}
