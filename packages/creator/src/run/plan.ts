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
import { buildAnswerRequest, renderShown } from "../prompt/prompt.ts";
import { settings } from "../settings/settings.ts";
import { type PreparedCreation, prepareCreation } from "./prepare-creation.ts";

/** A creation that is not done, with what its estimate depends on. */
export type PlannedCreation = PreparedCreation & { workload: Workload };

/**
 * Plans a run's creation; a source that is not created has nothing to do.
 * @returns the plan, and the creation where it is not done
 * @throws ExpectedError if it cannot start
 */
export async function planCreation(
  run: Run,
  ctx: Context,
): Promise<{ plan: CreatorPlan; creation: PlannedCreation | null }> {
  const { completions } = run;
  if (completions === null)
    return { plan: { state: "free", why: "nothing to create" }, creation: null };
  const prepared = await prepareCreation(run, completions, ctx);
  const { folder, inputs } = prepared;
  if (await isDone(folder, creationManifestSchema, inputs, run.task))
    return { plan: { state: "done", why: "already created" }, creation: null };
  const workload = buildWorkload(prepared);
  const creation = { ...prepared, workload };
  if (completions.kind !== "live") {
    const sample = completions.kind === "sample" ? "SAMPLE, " : "";
    return { plan: { state: "free", why: `${sample}replayed: nothing is asked` }, creation };
  }
  const measured = await measureStopped(folder);
  return { plan: { state: "todo", workload, estimate: estimate(workload, measured) }, creation };
}

/** Builds what a creation's estimate depends on. */
function buildWorkload({ run, plan, options, prices }: PreparedCreation): Workload {
  const { flags, source } = run;
  const { shape, parameters, perRequest, target, setting, check } = plan;
  const { formatting: example } = shape;
  const { evaluated } = options;
  return {
    target,
    perRequest,
    creating: {
      request: buildRequest(plan),
      parameters,
      reply: renderShown(example, shape.options).repeat(perRequest),
      prices: prices.creating,
    },
    checking: check && {
      request: buildAnswerRequest({ ...check, example, ask: 0 }),
      parameters: check.parameters,
      reply: JSON.stringify({ answer: toAnswer(example) }),
      prices: prices.checking,
      times: check.times,
    },
    concurrency: flags.concurrency,
    chains: isReadBy("chains", source, flags) ? plan.chains : null,
    grows: settings[setting].order === "tree",
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
  const schema = z.looseObject({ ms: z.number() });
  const journal = openLog(path, schema, { holds: "a completion", mode: "read" });
  try {
    const times = Array.from(journal.entries(), ([, { ms }]) => ms);
    return times.reduce((sum, ms) => sum + ms, 0) / Math.max(1, times.length) / 1000;
  } finally {
    journal.close();
  }
}
