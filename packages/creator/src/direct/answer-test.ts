import { join } from "node:path";
import {
  type Answer,
  type AnswersManifest,
  answersFile,
  type Completions,
  type Context,
  collectConditions,
  describeMachine,
  optionAt,
  type Run,
  renderUsd,
  sha256,
  toAnswersFolder,
  toJsonl,
  toMessage,
  toRunName,
  writeAtomic,
  writeEnding,
} from "@seedling/core/internal";
import { addReply, createTokenCount, type TokenCount } from "../create/creation-state.ts";
import type { Chat, Clock } from "../llm/chat.ts";
import { findRunPrices } from "../llm/prices.ts";
import { findStop } from "../llm/run-chat.ts";
import { buildAnswerRequest } from "../prompt/answer-prompt.ts";
import { readAnswer } from "../reply/read-answer.ts";
import { directParameters, type Unanswered } from "./plan-answers.ts";

/** Who answers, and where it is shown. */
export interface AnswerDependencies {
  completions: Completions;
  /** Sends the run's `directParameters`. */
  chat: Chat;
  clock: Clock;
  ctx: Context;
}

/** Where the answers come from, in words. */
const answeredBy: Record<Completions["kind"], string> = {
  live: "",
  replay: ", replayed",
  sample: ", from the bundled SAMPLE's recording; not the benchmark, not a live run",
};

/** Milliseconds between two lines that say how far the answers are. */
const between = 10_000;

/**
 * Asks each item of a test set once, by the prompt of a label check, without its label, and writes
 * the answers with their manifest. After an error nothing more is asked, and what is out is waited
 * for. The answers are the same for any concurrency.
 * @returns why it ended early, or null
 */
export async function answerTest(
  run: Run,
  unanswered: Unanswered,
  { completions, chat, clock, ctx }: AnswerDependencies,
): Promise<AnswersManifest["stopped"]> {
  const { test, split } = unanswered;
  const { examples } = split;
  const { batch, concurrency } = run.flags;
  const request = {
    parameters: directParameters(run),
    seed: run.seeds.creation,
    about: run.task.own?.instruction ?? null,
    ask: 0,
  };
  const answers: (Answer | null)[] = examples.map(() => null);
  const usage = createTokenCount();
  const rows = examples.entries();
  let date = "";
  let printed = clock.now();
  let error: unknown = null;
  ctx.log(
    `${toRunName(run)}: ${completions.model} answers ${examples.length} test items of ${test.name}${answeredBy[completions.kind]}`,
  );
  const ask = async () => {
    for (const [row, example] of rows) {
      try {
        const completion = await chat(buildAnswerRequest({ ...request, example }));
        addReply(usage, completion);
        if (completion.at > date) date = completion.at;
        const option = readAnswer(completion, example.options);
        answers[row] = { row, answer: option === null ? null : optionAt(example.options, option) };
      } catch (thrown) {
        error ??= thrown;
      }
      if (error !== null) return;
      if (clock.now() - printed < between) continue;
      printed = clock.now();
      ctx.log(`  ${answers.filter(Boolean).length} of ${examples.length} answered`);
    }
  };
  const atOnce = batch ? examples.length : Math.min(concurrency, examples.length);
  await Promise.all(Array.from({ length: atOnce }, ask));

  const stopped = findStop(error);
  if (error !== null && stopped === null) throw error;
  const manifest = buildManifest(run, unanswered, { completions, answers, usage, date, stopped });
  const folder = toAnswersFolder(run, test);
  if (stopped === null) writeAtomic(join(folder, answersFile), toJsonl(answers));
  writeEnding(folder, stopped === null ? "done" : "partial", manifest);
  ctx.log(renderAnswered(manifest));
  const then = stopped === "cap" ? "; a larger cap goes on from here" : "";
  if (error !== null) ctx.log(`  ${toMessage(error)}${then}`);
  return stopped;
}

/** Builds the manifest of the answers to one test set, as far as they came. */
function buildManifest(
  run: Run,
  { test, split, inputs }: Unanswered,
  facts: Pick<AnswersManifest, "stopped"> & {
    completions: Completions;
    answers: (Answer | null)[];
    usage: TokenCount;
    /** The latest reply's. */
    date: string;
  },
): AnswersManifest {
  const { completions, answers, usage, date, stopped } = facts;
  const { kind, model } = completions;
  const came = answers.filter((one) => one !== null);
  const { model: _, ...conditions } = collectConditions(run, "create");
  return {
    version: 1,
    stage: "answer",
    task: run.task.name,
    test: test.name,
    seeds: { creation: run.seeds.creation },
    completions: { kind, model, date: kind === "live" ? date : completions.recording.date },
    conditions: conditions as AnswersManifest["conditions"],
    n: split.examples.length,
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
}

/** Renders what asking came to, in a line. */
function renderAnswered({ n, answered, unreadable, usage, costUsd }: AnswersManifest): string {
  const tokens = usage.promptTokens + usage.completionTokens;
  const cost = costUsd === null ? "" : `, ${renderUsd(costUsd)} USD`;
  return `  ${answered} of ${n} answered, ${unreadable} of them choose no option; ${tokens} tokens${cost}`;
}
