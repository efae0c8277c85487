import {
  type Answer,
  type AnswersManifest,
  answersFile,
  collectConditions,
  describeMachine,
  type Run,
  renderUsd,
  sha256,
  toJsonl,
} from "@seedling/core/internal";
import type { TokenCount } from "../create/creation-state.ts";
import type { PriceList } from "../llm/prices.ts";
import type { Unanswered } from "./plan-answers.ts";

/** Builds the manifest of the answers to one test set, as far as they came. */
export function buildAnswersManifest(
  run: Run,
  { test, split, inputs }: Unanswered,
  facts: Pick<AnswersManifest, "stopped"> & {
    usage: TokenCount;
    answers: (Answer | null)[];
    date: string;
    prices: PriceList | null;
  },
): AnswersManifest {
  const { answers, usage, date, stopped, prices } = facts;
  const { completions, seeds, task } = run;
  const came = answers.filter((one) => one !== null);
  const { model: _, ...conditions } = collectConditions(run, "create");
  const recording = completions?.kind === "live" ? null : completions?.recording;
  return {
    version: 1,
    stage: "answer",
    task: task.name,
    test: test.name,
    seeds: { creation: seeds.creation },
    completions: {
      kind: completions?.kind ?? "live",
      model: completions?.model ?? "",
      date: recording?.date ?? date,
    },
    conditions: conditions as AnswersManifest["conditions"],
    n: split.examples.length,
    answered: came.length,
    unreadable: came.filter(({ answer }) => answer === null).length,
    stopped,
    usage,
    costUsd: prices?.usdOf(usage) ?? null,
    inputs,
    outputs: stopped === null ? { [answersFile]: sha256(toJsonl(answers)) } : {},
    machine: describeMachine(),
    createdAt: new Date().toISOString(),
  };
}

/** Renders what asking came to, in a line. */
export function renderAnswered({
  n,
  answered,
  unreadable,
  usage,
  costUsd,
}: AnswersManifest): string {
  const tokens = usage.promptTokens + usage.completionTokens;
  const cost = costUsd === null ? "" : `, ${renderUsd(costUsd)} USD`;
  return `  ${answered} of ${n} answered, ${unreadable} of them choose no option; ${tokens} tokens${cost}`;
}
