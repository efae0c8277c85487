import { join } from "node:path";
import {
  type Answer,
  type AnswersManifest,
  answersFile,
  type Completions,
  type Context,
  collectConditions,
  describeMachine,
  endings,
  lockFolder,
  optionAt,
  type Run,
  removeInside,
  renderCount,
  renderUsd,
  sha256,
  toAnswersFolder,
  toCreationFolder,
  toJsonl,
  toMessage,
  toRunName,
  writeAtomic,
  writeEnding,
} from "@seedling/core/internal";
import type { Chat, Clock } from "../llm/chat.ts";
import { findRunPrices } from "../llm/prices.ts";
import { findStop, openRunChat, type StageDependencies, writeRecording } from "../llm/run-chat.ts";
import { renderSent } from "../llm/sent.ts";
import { describeTask } from "../prompt/instruction.ts";
import { answerExamples } from "./answer-examples.ts";
import { directParameters, listAnswerFolders, planAnswers } from "./plan-answers.ts";

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
  removeInside(join(folder, endings.failed));
  if (tests.length === 0) {
    ctx.log(`${toRunName(run)}: already answered`);
    return;
  }
  const unlock = lockFolder(folder);
  try {
    const parameters = directParameters(run);
    writeRecording(run, folder, "", {
      setting: "direct",
      instructionText: describeTask(run.task.own) ?? "",
      target: 0,
      parameters,
    });
    const prices = findRunPrices(run, completions.model);
    const neighbours = listAnswerFolders(folder);
    const opening = { completions, folder, neighbours, flags, prices };
    const source = await openRunChat({ ...opening, ctx, ...deps });
    const removeInterrupt = ctx.onInterrupt(
      () => `${toRunName(run)}: every reply that came is saved in ${folder}`,
    );
    try {
      const chat = source.chat(parameters, prices.creating);
      for (const test of tests)
        if (await answerTest(run, completions, test, { ...ctx, ...deps, chat })) break;
    } finally {
      removeInterrupt();
      await source.close();
    }
  } finally {
    unlock();
  }
}

/**
 * Asks each item of a test set once, by the prompt of a label check, without its label, and writes
 * the answers with their manifest. After an error nothing more is asked, and what is out is waited
 * for. The answers are the same for any concurrency.
 * @param deps chat: sends the run's `directParameters`
 * @returns why it ended early, or null
 */
async function answerTest(
  run: Run,
  completions: Completions,
  { test, split: { examples }, inputs }: Awaited<ReturnType<typeof planAnswers>>["tests"][number],
  { chat, clock, log }: Pick<Context, "log"> & { chat: Chat; clock: Clock },
): Promise<AnswersManifest["stopped"]> {
  const { batch, concurrency } = run.flags;
  const description = describeTask(run.task.own);
  let date = "";
  let printed = clock.now();
  log(
    `${toRunName(run)}: ${completions.model} answers ${renderCount(examples.length, "test item")} of ${test.name}${answeredBy[completions.kind]}`,
  );
  const about = description === null ? "" : "the task's description, ";
  const sent = renderSent(
    completions,
    `${about}the questions, contexts and options of ${test.name}`,
  );
  if (sent) log(sent);
  const {
    answers: chosen,
    error,
    usage,
  } = await answerExamples(examples, {
    chat,
    parameters: directParameters(run),
    seed: run.seeds.creation,
    about: description,
    concurrency: batch ? examples.length : concurrency,
    onReply({ at }, answered) {
      if (at > date) date = at;
      if (clock.now() - printed < between) return;
      printed = clock.now();
      log(`  ${answered} of ${examples.length} answered`);
    },
  });
  const answers = chosen.map((option, row): Answer | null => {
    const { options } = examples[row] as (typeof examples)[number];
    if (option === undefined) return null;
    return { row, answer: option === null ? null : optionAt(options, option) };
  });

  const stopped = findStop(error);
  if (error !== null && stopped === null) throw error;
  const { model: _, ...conditions } = collectConditions(run, "create");
  const { kind, model } = completions;
  const came = answers.filter((one) => one !== null);
  const manifest: AnswersManifest = {
    version: 1,
    stage: "answer",
    task: run.task.name,
    ...(test.folder && { taskFolder: test.folder }),
    test: test.name,
    seeds: { creation: run.seeds.creation },
    completions: { kind, model, date: kind === "live" ? date : completions.recording.date },
    conditions: conditions as AnswersManifest["conditions"],
    n: examples.length,
    answered: came.length,
    unreadable: came.filter(({ answer }) => answer === null).length,
    stopped,
    usage,
    costUsd: findRunPrices(run, model).creating?.usdOf(usage) ?? null,
    inputs,
    outputs: stopped === null ? { [answersFile]: sha256(toJsonl(answers)) } : {},
    machine: describeMachine(),
    createdAt: new Date().toISOString(),
  };
  const folder = toAnswersFolder(run, test);
  if (stopped === null) writeAtomic(join(folder, answersFile), toJsonl(answers));
  writeEnding(folder, stopped === null ? "done" : "partial", manifest);
  log(renderAnswered(manifest));
  const then = stopped === "cap" ? "; a larger cap goes on from here" : "";
  if (error !== null) log(`  ${toMessage(error)}${then}`);
  return stopped;
}

/** Renders what asking came to, in a line. */
function renderAnswered({ n, answered, unreadable, usage, costUsd }: AnswersManifest): string {
  const tokens = usage.promptTokens + usage.completionTokens;
  const cost = costUsd === null ? "" : `, ${renderUsd(costUsd)} USD`;
  const cut = usage.cut ? `, ${usage.cut} were cut at --max-tokens` : "";
  return `  ${answered} of ${n} answered, ${unreadable} of them choose no option${cut}; ${tokens} tokens${cost}`;
}
