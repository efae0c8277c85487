import { dirname, join } from "node:path";
import {
  answersManifestSchema,
  type DownloadDependencies,
  type Example,
  isAbsentPartner,
  isDone,
  listFolders,
  loadSplit,
  type Run,
  toAnswer,
  toAnswersFolder,
  toCreationFolder,
} from "@seedling/core/internal";
import type { ChatRequest, Parameters } from "../llm/chat.ts";
import { type CreatorPlan, estimate, type Workload } from "../llm/estimate.ts";
import { findKnown, readJournals } from "../llm/journal.ts";
import { findRunPrices } from "../llm/prices.ts";
import { describeTask } from "../prompt/instruction.ts";
import { buildAnswerRequest } from "../prompt/prompt.ts";

/** Derives the parameters that test items are asked with. */
export function directParameters({ flags, completions }: Run): Parameters {
  const { temperature, topP, maxTokens } = flags;
  return { model: completions?.model ?? "", temperature, topP, maxTokens };
}

/**
 * Plans the answers to a run's test sets: asks for those items that no journal of answers has a reply
 * for, each once.
 * @param counted keys of requests that the runs before it would send, which it does not send again; its own are added
 */
export async function planAnswers(
  run: Run,
  deps: DownloadDependencies,
  counted: Set<string>,
): Promise<{ plan: CreatorPlan; tests: Awaited<ReturnType<typeof loadUnanswered>> }> {
  const tests = await loadUnanswered(run, deps);
  const plan = (state: "done" | "free", why: string) => ({ plan: { state, why }, tests });
  if (tests.length === 0) return plan("done", "already answered");
  if (run.completions?.kind !== "live") return plan("free", "replayed: nothing is asked");
  const parameters = directParameters(run);
  const about = describeTask(run.task.own);
  const journals = readJournals(listAnswerFolders(toCreationFolder(run)), () => {});
  const missing: { example: Example; request: ChatRequest }[] = [];
  let unasked = 0;
  for (const example of tests.flatMap(({ split }) => split.examples)) {
    const seed = run.seeds.creation;
    const request = buildAnswerRequest({ example, ask: 0, parameters, seed, about });
    if (findKnown(journals, request)) continue;
    unasked += 1;
    if (!counted.has(request.key)) missing.push({ example, request });
    counted.add(request.key);
  }
  for (const journal of journals) journal.close();
  const [first] = missing;
  const by = unasked === 0 ? "already asked" : "asked by a run above";
  if (!first) return plan("free", `${by}: nothing is asked again`);
  const workload: Workload = {
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
    vectors: null,
  };
  return { plan: { state: "todo", workload, estimate: estimate(workload, null) }, tests };
}

/** Loads a run's test sets that are there and whose answers are not, with what these are made from. */
async function loadUnanswered(run: Run, deps: DownloadDependencies) {
  const left = [];
  for (const test of run.tests) {
    if (await isAbsentPartner(run.task, test, run.data)) continue;
    const split = await loadSplit(test, "test", run.data, deps);
    const inputs = { test: split.sha256 };
    if (!(await isDone(toAnswersFolder(run, test), answersManifestSchema, inputs, test)))
      left.push({ test, split, inputs });
  }
  return left;
}

/**
 * Lists all folders of answers of a results folder, that run's own among them: one task's test split is
 * another's cross-domain, and what the journal of one holds is not asked for another.
 * @param folder a run's
 */
export function listAnswerFolders(folder: string): string[] {
  return listAnswers(dirname(dirname(dirname(dirname(folder)))));
}

/** Lists all folders of answers of a results folder. */
export function listAnswers(results: string): string[] {
  const answers = join(results, "answers");
  return listFolders(answers).flatMap((task) => listFolders(join(task, "direct")));
}
