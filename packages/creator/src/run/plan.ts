import {
  type Context,
  creationManifestSchema,
  isDone,
  isReadBy,
  type Run,
  toAnswer,
  toCreationFolder,
} from "@seedling/core/internal";
import { buildRequest } from "../create/chain.ts";
import { computeQuotas, countBlock } from "../create/quotas.ts";
import { buildCheckRequest, decidesKept } from "../filters/verify.ts";
import {
  type CreatorPlan,
  estimate,
  type MeasuredReplies,
  type Workload,
} from "../llm/estimate.ts";
import { assumedLeaf, buildNamingRequest, namingRequests } from "../prompt/attributes.ts";
import { renderShown } from "../prompt/prompt.ts";
import { settings } from "../settings/settings.ts";
import { measureKnown } from "./known-replies.ts";
import { loadMade, type PreparedCreation, prepareCreation } from "./prepare-creation.ts";

/** A creation that is not done, with what its estimate depends on. */
export type PlannedCreation = PreparedCreation & {
  workload: Workload;
  /** The replies that journals held when it was planned; null: none. */
  known: MeasuredReplies | null;
};

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
  const made = await loadMade(run, completions, ctx);
  const folder = toCreationFolder(run);
  if (await isDone(folder, creationManifestSchema, made.inputs, run.task))
    return { plan: { state: "done", why: "already created" }, creation: null };
  const prepared = await prepareCreation(run, completions, made, ctx);
  const workload = buildWorkload(prepared);
  if (completions.kind !== "live") {
    const sample = completions.kind === "sample" ? "SAMPLE, " : "";
    const plan = { state: "free", why: `${sample}replayed: nothing is asked` } as const;
    return { plan, creation: { ...prepared, workload, known: null } };
  }
  const known = measureKnown(folder, workload);
  return {
    plan: { state: "todo", workload, estimate: estimate(workload, known) },
    creation: { ...prepared, workload, known },
  };
}

/** Builds what a creation's estimate depends on. */
function buildWorkload({ run, plan, options, prices }: PreparedCreation): Workload {
  const { flags, source } = run;
  const { shape, parameters, perRequest, target, setting, check } = plan;
  const { order, asksForLeaf } = settings[setting];
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
    ...(asksForLeaf && {
      naming: {
        request: buildNamingRequest(plan, null, 0),
        parameters,
        reply: JSON.stringify(Object.values(assumedLeaf)),
        prices: prices.creating,
        requests: namingRequests,
      },
    }),
    checking: check && {
      request: buildCheckRequest[check.answers]({ ...check, example, ask: 0 }),
      parameters: check.parameters,
      reply: JSON.stringify({ answer: toAnswer(example) }),
      prices: prices.checking,
      times: check.times,
    },
    ...(plan.tokens !== null && {
      tokens: { most: plan.tokens, withChecks: check !== null && decidesKept(check) },
    }),
    concurrency: flags.concurrency,
    ...(plan.balance && {
      balanced: { quotas: computeQuotas(plan), block: countBlock(shape) },
    }),
    ...(order === "chunk" && { chunk: plan.chunk }),
    chains: isReadBy("chains", source, flags) ? plan.chains : null,
    grows: order === "tree",
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
