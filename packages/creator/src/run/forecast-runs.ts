import { closeSync, existsSync, openSync } from "node:fs";
import { join } from "node:path";
import {
  type Completions,
  type Context,
  creationManifestSchema,
  ExpectedError,
  endings,
  FlagError,
  isReadBy,
  type Run,
  readManifest,
  recordingFiles,
  sources,
  toAnswer,
  toCreationFolder,
  toRunName,
} from "@seedling/core/internal";
import { forecastAnswers } from "../direct/forecast-answers.ts";
import { readLines } from "../llm/read-lines.ts";
import { createRunBudget, findRunPrices } from "../llm/run-prices.ts";
import { toAnswerParameters, toAnswerRequest } from "../prompt/answer-prompt.ts";
import { renderShown } from "../prompt/prompt.ts";
import { settings } from "../settings/settings.ts";
import { type DryRun, renderDryRun } from "./dry-run.ts";
import { toFirstRequest } from "./first-request.ts";
import type { JournalFacts, Undone } from "./forecast.ts";
import { prepareCreation } from "./prepare.ts";

/** Tells what every run would ask, and what that takes, and asks nothing. */
export async function forecastRuns(runs: readonly Run[], ctx: Context): Promise<void> {
  const budget = createRunBudget(runs);
  const { maxCost = null, maxTotalTokens = null } = runs[0]?.flags ?? {};
  const dryRuns: DryRun[] = [];
  const counted = new Set<string>();
  for (const run of runs)
    dryRuns.push({
      name: toRunName(run),
      folder: toCreationFolder(run),
      todo: await toTodo(run, counted, ctx),
    });
  const left = {
    usd: maxCost === null ? null : maxCost - budget.spentUsd,
    tokens: maxTotalTokens === null ? null : maxTotalTokens - budget.spentTokens,
  };
  ctx.log(renderDryRun(dryRuns, left));
}

/** What a run would ask, or why it asks nothing. One that cannot start does not stop the others. */
async function toTodo(run: Run, counted: Set<string>, ctx: Context): Promise<DryRun["todo"]> {
  const { completions, source } = run;
  if (completions === null) return { state: "free", why: "nothing to create" };
  try {
    return sources[source].trains
      ? await toUndone(run, completions, ctx)
      : await forecastAnswers(run, completions, counted, ctx);
  } catch (error) {
    if (!(error instanceof ExpectedError) || error instanceof FlagError) throw error;
    return { state: "cannot start", why: error.message };
  }
}

async function toUndone(run: Run, completions: Completions, ctx: Context): Promise<DryRun["todo"]> {
  const { flags } = run;
  const folder = toCreationFolder(run);
  if (existsSync(join(folder, endings.done))) return { state: "done", why: "already created" };
  if (completions.kind !== "live") {
    const sample = completions.kind === "sample" ? "SAMPLE, " : "";
    return { state: "free", why: `${sample}replayed: nothing is asked` };
  }
  const { plan } = await prepareCreation(run, ctx);
  const { shape, parameters, perRequest, seed } = plan;
  const checkParameters = toAnswerParameters(parameters, flags.verifyModel);
  const prices = findRunPrices(run, checkParameters.model);
  const { formatting: example } = shape;
  const about = run.task.own?.instruction ?? null;
  const check = toAnswerRequest({ example, ask: 0, parameters: checkParameters, seed, about });
  const todo: Undone = {
    target: plan.target,
    perRequest,
    creating: {
      request: toFirstRequest(plan),
      parameters,
      reply: renderShown(example, shape.options).repeat(perRequest),
      prices: prices.creating,
    },
    checking:
      flags.verify === null
        ? null
        : {
            request: check,
            parameters: checkParameters,
            reply: JSON.stringify({ answer: toAnswer(example) }),
            prices: prices.checking,
            times: flags.verify,
          },
    concurrency: flags.concurrency,
    chains: isReadBy("chains", run.source, flags) ? plan.chains : null,
    grows: settings[plan.setting].grows,
    batch: flags.batch,
    journal: await readFacts(folder),
  };
  return todo;
}

/** What an earlier invocation, that was stopped, left to go by. */
async function readFacts(folder: string): Promise<JournalFacts | null> {
  const stopped = await readManifest(join(folder, endings.partial), creationManifestSchema);
  const path = join(folder, recordingFiles.journal);
  if (!stopped || stopped.replies === 0 || !existsSync(path)) return null;
  const { usage, replies, kept } = stopped;
  const counted = replies - usage.uncounted;
  const mean = (tokens: number) => Math.ceil(tokens / counted);
  return {
    replies,
    kept,
    ms: readMeanMs(path),
    usage:
      counted > 0
        ? {
            promptTokens: mean(usage.promptTokens),
            completionTokens: mean(usage.completionTokens),
          }
        : null,
  };
}

function readMeanMs(path: string): number {
  const file = openSync(path, "r");
  let sum = 0;
  let n = 0;
  try {
    for (const { text } of readLines(file)) {
      sum += Number(/"ms":([\d.]+)/.exec(text)?.[1] ?? 0);
      n += 1;
    }
  } finally {
    closeSync(file);
  }
  return sum / Math.max(1, n);
}
