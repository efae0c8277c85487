import {
  type Completions,
  type DownloadDependencies,
  type Run,
  toAnswer,
  toCreationFolder,
} from "@seedling/core/internal";
import { readJournals } from "../llm/journal.ts";
import { findRunPrices } from "../llm/run-prices.ts";
import { toAnswerRequest } from "../prompt/answer-prompt.ts";
import type { DryRun } from "../run/dry-run.ts";
import { toDirectParameters } from "./answer-run.ts";
import { listNeighbours } from "./neighbours.ts";
import { loadUnanswered } from "./unanswered.ts";

/**
 * What a run's test items would ask: those that no journal of answers has a reply for, each once.
 * @param counted keys of requests that the runs before it would send, which it does not send again; its own are added
 */
export async function forecastAnswers(
  run: Run,
  completions: Completions,
  counted: Set<string>,
  deps: DownloadDependencies,
): Promise<DryRun["todo"]> {
  const tests = await loadUnanswered(run, deps);
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
  const journals = readJournals(listNeighbours(toCreationFolder(run)), () => {});
  const unasked = asked.filter(({ request }) => !journals.some(({ has }) => has(request.key)));
  for (const journal of journals) journal.close();
  const uncounted = unasked.filter(({ request }) => !counted.has(request.key));
  const missing = new Map(uncounted.map((one) => [one.request.key, one]));
  for (const key of missing.keys()) counted.add(key);
  const [first] = missing.values();
  if (!first) {
    const by = unasked.length === 0 ? "already asked" : "asked by a run above";
    return { state: "free", why: `${by}: nothing is asked again` };
  }
  return {
    target: missing.size,
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
