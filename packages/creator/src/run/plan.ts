import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  type Context,
  creationManifestSchema,
  endings,
  isDone,
  isReadBy,
  openLog,
  type Run,
  readManifest,
  recordingFiles,
  toAnswer,
} from "@seedling/core/internal";
import { z } from "zod";
import { buildRequest } from "../create/chain.ts";
import {
  averageUsage,
  type CreatorPlan,
  estimate,
  type MeasuredReplies,
  type Workload,
} from "../llm/estimate.ts";
import { answerParameters, buildAnswerRequest } from "../prompt/answer-prompt.ts";
import { renderShown } from "../prompt/prompt.ts";
import { settings } from "../settings/settings.ts";
import { type PreparedCreation, prepareCreation } from "./prepare-creation.ts";

/**
 * Plans a run's creation; a source that is not created has nothing to do.
 * @returns the plan, and the creation where it is not done
 * @throws ExpectedError if it cannot start
 */
export async function planCreation(
  run: Run,
  ctx: Context,
): Promise<{ plan: CreatorPlan; creation: PreparedCreation | null }> {
  const { completions } = run;
  if (completions === null)
    return { plan: { state: "free", why: "nothing to create" }, creation: null };
  const creation = await prepareCreation(run, completions, ctx);
  const { folder, inputs } = creation;
  const workload = buildWorkload(creation);
  if (await isDone(folder, creationManifestSchema, inputs))
    return { plan: { state: "done", why: "already created" }, creation: null };
  if (completions.kind !== "live") {
    const sample = completions.kind === "sample" ? "SAMPLE, " : "";
    return { plan: { state: "free", why: `${sample}replayed: nothing is asked` }, creation };
  }
  const measured = await measureStopped(folder);
  return { plan: { state: "todo", workload, estimate: estimate(workload, measured) }, creation };
}

/** Builds what a creation's estimate depends on. */
export function buildWorkload(creation: PreparedCreation): Workload {
  const { run, plan, options, prices, checkModel } = creation;
  const { flags, source } = run;
  const { shape, parameters, perRequest, seed, target } = plan;
  const { formatting: example } = shape;
  const { evaluated } = options;
  const checkParameters = answerParameters(parameters, checkModel);
  const about = options.about ?? null;
  return {
    target,
    perRequest,
    creating: {
      request: buildRequest(plan),
      parameters,
      reply: renderShown(example, shape.options).repeat(perRequest),
      prices: prices.creating,
    },
    checking:
      flags.verify === null
        ? null
        : {
            request: buildAnswerRequest({
              example,
              ask: 0,
              parameters: checkParameters,
              seed,
              about,
            }),
            parameters: checkParameters,
            reply: JSON.stringify({ answer: toAnswer(example) }),
            prices: prices.checking,
            times: flags.verify,
          },
    concurrency: flags.concurrency,
    chains: isReadBy("chains", source, flags) ? plan.chains : null,
    grows: settings[plan.setting].order === "tree",
    batch: flags.batch,
    vectors:
      flags.nearCosine === null
        ? null
        : {
            amongThemselves: flags.reject?.includes("near-duplicate") ?? false,
            items: evaluated?.reduce((sum, { examples }) => sum + examples.length, 0) ?? 0,
          },
  };
}

/** Measures what an earlier invocation, that was stopped, left to go by. */
async function measureStopped(folder: string): Promise<MeasuredReplies | null> {
  const stopped = await readManifest(join(folder, endings.partial), creationManifestSchema);
  const path = join(folder, recordingFiles.journal);
  if (!stopped || stopped.replies === 0 || !existsSync(path)) return null;
  const { usage, replies, kept, funnel } = stopped;
  return {
    replies,
    waiting: 0,
    kept,
    checked: funnel.find(({ step }) => step === "new")?.n ?? kept,
    usage: averageUsage(usage, replies),
    checkUsage: null,
    seconds: averageSeconds(path),
    perSecond: null,
  };
}

function averageSeconds(path: string): number {
  const journal = openLog(path, z.looseObject({ ms: z.number() }), {
    holds: "a completion",
    mode: "read",
  });
  let sum = 0;
  let n = 0;
  try {
    for (const [, { ms }] of journal.entries()) {
      sum += ms;
      n += 1;
    }
  } finally {
    journal.close();
  }
  return sum / Math.max(1, n) / 1000;
}
