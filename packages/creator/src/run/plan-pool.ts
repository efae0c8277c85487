import { createHash } from "node:crypto";
import { dirname } from "node:path";
import {
  type Context,
  chooseLabelCheck,
  creationManifestSchema,
  ExpectedError,
  isDone,
  listFolders,
  type Run,
  sha256,
  toAnswer,
  toCreationFolder,
} from "@seedling/core/internal";
import { filterPool, readPool } from "../direct/read-pool.ts";
import { buildCheckRequest, letterOrders } from "../filters/verify.ts";
import { type CreatorPlan, estimate, type Workload } from "../llm/estimate.ts";
import { findKnown, readJournals } from "../llm/journal.ts";
import { findRunPrices } from "../llm/prices.ts";
import { describeTask } from "../prompt/instruction.ts";
import { loadComparedSplits } from "./prepare-creation.ts";

/** Texts of `--pool` to be labelled, with all that it takes. */
export type PlannedPool = Awaited<ReturnType<typeof preparePool>>;

/**
 * Plans the labelling of a run's texts.
 * @returns the plan, and the texts where it is not done
 * @throws ExpectedError if the file cannot be read, with its line
 */
export async function planPool(
  run: Run,
  ctx: Context,
): Promise<{ plan: CreatorPlan; pool: PlannedPool | null }> {
  if (run.completions === null)
    return { plan: { state: "free", why: "nothing to label" }, pool: null };
  const pool = await preparePool(run, run.completions, ctx);
  if (await isDone(pool.folder, creationManifestSchema, pool.inputs, run.task))
    return { plan: { state: "done", why: "already labelled" }, pool: null };
  if (run.completions.kind !== "live")
    return { plan: { state: "free", why: "replayed: nothing is asked" }, pool };
  return { plan: planRequests(pool), pool };
}

async function preparePool(run: Run, completions: NonNullable<Run["completions"]>, ctx: Context) {
  const { flags, task, seeds } = run;
  const { temperature, topP, maxTokens, answers, minAgreement } = flags;
  if (task.labels === null)
    throw new ExpectedError(`${task.name}: expected labels to choose among`);
  const path = flags.pool ?? "";
  const hash = createHash("sha256");
  const see = (piece: Uint8Array) => void hash.update(piece);
  const columns = flags.columns ?? task.columns;
  const read = await readPool(path, task.labels, { columns, see });
  // What is evaluated on is never trained on: its texts are looked for whatever --reject says.
  const filtered = { ...run, flags: { ...flags, reject: ["contaminated" as const] } };
  const splits = await loadComparedSplits(filtered, ctx);
  const { texts, rejected } = await filterPool(read.texts, splits, flags.nearOverlap);
  const times = answers === "letters" ? letterOrders : (chooseLabelCheck(flags)?.times ?? 1);
  const model = flags.verifyModel ?? completions.model;
  const parameters = {
    ...{ model, temperature, topP },
    maxTokens: answers === "letters" ? 1 : maxTokens,
  };
  return {
    ...{ run, completions, path, texts, rejected, splits, minAgreement },
    /** All texts of the file, and how many of them have a label there. */
    read: read.texts,
    labelled: read.labelled,
    wanted: Math.min(flags.poolLimit ?? texts.length, texts.length),
    folder: toCreationFolder(run),
    check: { times, answers, parameters, seed: seeds.creation, about: describeTask(task.own) },
    prices: findRunPrices(run, model),
    /** Hashes of what it is made of. */
    inputs: {
      pool: hash.digest("hex"),
      evaluated: sha256(
        JSON.stringify(splits?.map(({ task, split, sha256 }) => [task, split, sha256]) ?? null),
      ),
    },
  };
}

/** Plans the answers that no journal holds: of texts of which not all are labelled, as many as are known are taken off. */
function planRequests({ run, texts, wanted, folder, check, prices }: PlannedPool): CreatorPlan {
  const build = buildCheckRequest[check.answers];
  const journals = readJournals([folder, ...listFolders(dirname(folder))], () => {});
  const isKnown = ({ example }: PlannedPool["texts"][number]) =>
    Array.from({ length: check.times }, (_, ask) => ask).every((ask) =>
      findKnown(journals, build({ ...check, example, ask })),
    );
  const missing = wanted - Math.min(wanted, texts.filter(isKnown).length);
  for (const journal of journals) journal.close();
  const [first] = texts;
  if (missing === 0 || !first) return { state: "free", why: "nothing is asked again" };
  const kind = {
    request: build({ ...check, example: first.example, ask: 0 }),
    parameters: check.parameters,
    reply: JSON.stringify({ answer: toAnswer(first.example) }),
    prices: prices.checking,
  };
  const workload: Workload = {
    target: missing,
    perRequest: 1,
    creating: kind,
    checking: check.times > 1 ? { ...kind, times: check.times - 1 } : null,
    concurrency: run.flags.concurrency,
    chains: null,
    grows: false,
    batch: run.flags.batch,
    vectors: null,
  };
  return { state: "todo", workload, estimate: estimate(workload, null) };
}
