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
  recordingFiles,
  toAnswersFolder,
  toCreationFolder,
  toJsonl,
  toMessage,
  toRunName,
  writeAtomic,
  writeEnding,
} from "@seedling/core/internal";
import { addReply, createTokenCount } from "../create/creation-state.ts";
import { CapReached } from "../llm/budget.ts";
import type { Chat } from "../llm/chat.ts";
import { BatchPending } from "../llm/errors.ts";
import type { PriceList } from "../llm/prices.ts";
import { buildRecorded } from "../llm/recorded.ts";
import { openRunChat, type RunChat, type StageDependencies } from "../llm/run-chat.ts";
import { findRunPrices } from "../llm/run-prices.ts";
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
  if (run.completions === null) return;
  const { tests } = await planAnswers(run, ctx, new Set());
  const folder = toCreationFolder(run);
  rmSync(join(folder, endings.failed), { force: true });
  if (tests.length === 0) {
    ctx.log(`${toRunName(run)}: already answered`);
    return;
  }
  const unlock = lockFolder(folder);
  try {
    writeRecording(run, folder);
    await answerIn(folder, { run, completions: run.completions, tests, ctx, ...deps });
  } finally {
    unlock();
  }
}

/** No example is shown, and its file is empty; none is created. */
function writeRecording(run: Run, folder: string): void {
  if (run.completions?.kind !== "live") return;
  const recorded = buildRecorded(run, {
    setting: "direct",
    instructionText: run.task.own?.instruction ?? "",
    target: 0,
    parameters: { ...directParameters(run), maxTokens: run.flags.maxTokens },
  });
  writeAtomic(join(folder, recordingFiles.example), "");
  writeAtomic(join(folder, recordingFiles.flags), `${JSON.stringify(recorded, null, 2)}\n`);
}

interface Work extends StageDependencies {
  run: Run;
  completions: Completions;
  tests: readonly Unanswered[];
  ctx: Context;
}

async function answerIn(folder: string, work: Work): Promise<void> {
  const { run, completions, tests, ctx, budget, clock } = work;
  const { flags } = run;
  const prices = findRunPrices(run, completions.model);
  const neighbours = listAnswerFolders(folder);
  const options = { completions, folder, neighbours, flags, budget, prices, clock, ctx };
  const source = await openRunChat(options);
  const back = ctx.onInterrupt(
    () => `${toRunName(run)}: every reply that came is saved in ${folder}`,
  );
  try {
    for (const one of tests) {
      const stopped = await answerTest(one, { ...work, source, prices: prices.creating });
      if (stopped !== null) break;
    }
  } finally {
    await source.idle();
    back();
    await source.close();
  }
}

interface TestWork extends Work {
  source: RunChat;
  /** null: no price is known. */
  prices: PriceList | null;
}

/** Answers one test set. @returns why it ended early, or null */
async function answerTest(one: Unanswered, work: TestWork): Promise<AnswersManifest["stopped"]> {
  const { run, completions, source, prices, ctx, clock } = work;
  const { test, split } = one;
  const { examples } = split;
  const usage = createTokenCount();
  let date = "";
  const parameters = directParameters(run);
  const asking = source.chat(parameters, prices);
  const chat: Chat = async (request) => {
    const completion = await asking(request);
    addReply(usage, completion);
    if (completion.at > date) date = completion.at;
    return completion;
  };
  ctx.log(
    `${toRunName(run)}: ${completions.model} answers ${examples.length} test items of ${test.name}${answeredBy[completions.kind]}`,
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
  const stopped = error === null ? null : reasonOf(error);
  if (error !== null && stopped === null) throw error;
  const manifest = buildAnswersManifest(run, one, { answers, usage, date, stopped, prices });
  const folder = toAnswersFolder(run, test);
  if (stopped === null) writeAtomic(join(folder, answersFile), toJsonl(answers));
  writeEnding(folder, stopped === null ? "done" : "partial", manifest);
  ctx.log(renderAnswered(manifest));
  const then = stopped === "cap" ? "; a larger cap goes on from here" : "";
  if (error !== null) ctx.log(`  ${toMessage(error)}${then}`);
  return stopped;
}

function reasonOf(error: unknown): AnswersManifest["stopped"] {
  if (error instanceof CapReached) return "cap";
  return error instanceof BatchPending ? "batch" : null;
}
