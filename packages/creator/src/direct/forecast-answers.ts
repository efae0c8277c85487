import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  type Completions,
  type Outside,
  type Run,
  recordingFiles,
  toAnswer,
  toCreationFolder,
} from "@seedling/core";
import { readJournal } from "../ask/journal.ts";
import { toAnswerRequest } from "../judge/answer-prompt.ts";
import type { DryRun } from "../money/dry-run.ts";
import { findRunPrices } from "../money/run-prices.ts";
import { toDirectParameters } from "./answer-run.ts";
import { loadUnanswered } from "./unanswered.ts";

/** What a run's test items would ask: those that no reply of its journal is for, each once. */
export async function forecastAnswers(
  run: Run,
  completions: Completions,
  outside: Outside,
): Promise<DryRun["todo"]> {
  const tests = await loadUnanswered(run, outside);
  if (tests.length === 0) return { state: "done", why: "already answered" };
  if (completions.kind !== "live") return { state: "free", why: "replayed: nothing is asked" };
  const parameters = toDirectParameters(run);
  const about = run.task.own?.instruction ?? null;
  const asked = tests
    .flatMap(({ split }) => split.examples)
    .map((example) => ({
      example,
      request: toAnswerRequest({ example, ask: 0, parameters, seed: run.seeds.creation, about }),
    }));
  const path = join(toCreationFolder(run), recordingFiles.journal);
  const journal = existsSync(path) ? readJournal(path) : null;
  const missing = asked.filter(({ request }) => !journal?.has(request.key));
  journal?.close();
  const [first] = missing;
  if (!first) return { state: "free", why: "already asked: nothing is asked again" };
  return {
    target: missing.length,
    perRequest: 1,
    creating: {
      request: first.request,
      parameters,
      reply: JSON.stringify({ answer: toAnswer(first.example) }),
      prices: findRunPrices(run, parameters.model).creating,
    },
    checking: null,
    concurrency: run.flags.concurrency,
    chains: null,
    grows: false,
    batch: run.flags.batch,
    journal: null,
  };
}
