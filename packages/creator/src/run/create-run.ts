import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import {
  type Context,
  type CreationManifest,
  creationManifestSchema,
  ExpectedError,
  isCreated,
  isDone,
  isReadBy,
  lockFolder,
  type Run,
  recordingFiles,
  sha256,
  toCreationFolder,
  toExamplesJsonl,
  toMessage,
  toRunName,
  writeAtomic,
  writeEnding,
} from "@seedling/core/internal";
import { type CreationMeans, create } from "../create/create.ts";
import { openCreationFiles } from "../create/creation-files.ts";
import { countTokens, type Progress, toStart } from "../create/progress.ts";
import { readKept } from "../create/read-kept.ts";
import { openVerify } from "../filters/verify.ts";
import { type Budget, CapReached } from "../llm/budget.ts";
import type { Chat, Clock, Parameters } from "../llm/chat.ts";
import { BatchPending } from "../llm/errors.ts";
import type { PriceList } from "../llm/prices.ts";
import { openRunChat } from "../llm/run-chat.ts";
import { findRunPrices } from "../llm/run-prices.ts";
import { toAnswerParameters } from "../prompt/answer-prompt.ts";
import { toManifest } from "./creation-record.ts";
import type { EvaluatedSplit } from "./evaluated-splits.ts";
import { renderFunnel } from "./funnel.ts";
import { measureLevels } from "./levels.ts";
import { loadEvaluated, openMemories } from "./memories.ts";
import { openViewer } from "./open-viewer.ts";
import { openPace } from "./pace.ts";
import { type Prepared, prepareCreation } from "./prepare.ts";
import { renderEnd, renderGivenUp, renderStart } from "./progress-lines.ts";
import { toUsd } from "./usd.ts";

/** What the runs of a command share. */
export interface Common {
  budget: Budget;
  clock: Clock;
}

/**
 * Creates the examples of a run, unless they are there: one formatting example -> `created.jsonl`,
 * `lineage.jsonl`, `rejected.jsonl` and a manifest in the creation's folder. A source that is not
 * created has nothing to do here.
 */
export async function createRun(run: Run, ctx: Context, common: Common): Promise<void> {
  if (!isCreated(run.source) || run.completions === null) return;
  const folder = toCreationFolder(run);
  const prepared = await prepareCreation(run, ctx);
  const { splits, hash } = await loadEvaluated(run, ctx);
  const { plan } = prepared;
  const inputs = {
    example: sha256(toExamplesJsonl([plan.shape.formatting])),
    instruction: sha256(plan.instruction),
    evaluated: hash ?? "none",
  };
  if (await isDone(folder, creationManifestSchema, inputs)) {
    ctx.log(`${toRunName(run)}: already created`);
    return;
  }
  const unlock = lockFolder(folder);
  try {
    writeRecording(run, prepared, folder);
    await createIn(folder, { run, prepared, splits, inputs, ctx, ...common });
  } finally {
    unlock();
  }
}

/** A recording is the creation's own folder, but for a replay, which has one. */
function writeRecording({ completions }: Run, { plan, recorded }: Prepared, folder: string): void {
  const example = toExamplesJsonl([plan.shape.formatting]);
  writeAtomic(join(folder, recordingFiles.example), example);
  if (completions?.kind !== "live") return;
  writeAtomic(join(folder, recordingFiles.flags), `${JSON.stringify(recorded, null, 2)}\n`);
}

/** A creation that is not done. */
interface Work extends Common {
  run: Run;
  prepared: Prepared;
  /** Null: contamination is not looked for. */
  splits: EvaluatedSplit[] | null;
  inputs: Record<string, string>;
  ctx: Context;
}

async function createIn(folder: string, work: Work): Promise<void> {
  const { run, prepared, splits, inputs, ctx, budget, clock } = work;
  const { plan } = prepared;
  const { seed, shape, target } = plan;
  const { flags, completions } = run;
  if (completions === null) return;
  const checkParameters = toAnswerParameters(plan.parameters, flags.verifyModel);
  const prices = findRunPrices(run, checkParameters.model);
  const files = openCreationFiles(folder);
  const source = await openRunChat({
    completions,
    folder,
    neighbours: listBeside(folder),
    flags,
    budget,
    prices,
    clock,
    ctx,
  });
  const memories = await openMemories(run, splits, { folder, read: files.read, ctx });
  const pace = openPace(clock.now);
  const state = toStart(memories.evaluated !== null);
  const viewer = openViewer(ctx, () => ({
    name: toRunName(run),
    from: completions.kind,
    model: plan.parameters.model,
    options: shape.options,
    target,
    state,
    inFlight: source.inFlight ?? state.inFlight,
    concurrency: flags.concurrency,
    allowed: source.allowed,
    chains: isReadBy("chains", plan.setting, flags) ? plan.chains : null,
    verify: flags.verify,
    prices,
    pace: pace.read(),
  }));

  let date = "";
  const open = (parameters: Parameters, list: PriceList | null): Chat => {
    const chat = source.chat(parameters, list);
    return async (request) => {
      const completion = await chat(request);
      if (completion.at > date) date = completion.at;
      return completion;
    };
  };
  const verify =
    flags.verify === null
      ? null
      : openVerify({
          chat: countingInto(state.checking, open(checkParameters, prices.checking)),
          times: flags.verify,
          parameters: checkParameters,
          seed,
          about: run.task.own?.instruction ?? null,
        });

  const end = (stopped: CreationManifest["stopped"]): CreationManifest => {
    viewer.close();
    const kept = stopped === "interrupt" ? [] : readKept(folder, files.read);
    const manifest = toManifest(run, prepared, state, {
      inputs,
      levels: measureLevels(kept, shape, seed),
      outputs: files.close(),
      stopped,
      date,
      prices,
      checkModel: checkParameters.model,
      against: memories.against,
      lost: source.lost,
    });
    writeEnding(folder, stopped === null ? "done" : "partial", manifest);
    return manifest;
  };

  ctx.log(renderStart(run, plan));
  const atEase = ctx.onInterrupt(() => {
    end("interrupt");
    return `${toRunName(run)}: ${state.funnel.kept} of ${target} kept, every reply that came is saved in ${folder}`;
  });
  let stopped: CreationManifest["stopped"] = "failure";
  try {
    const means: CreationMeans = {
      ...memories,
      chat: pace.watch(open(plan.parameters, prices.creating), source.isLive),
      verify,
      concurrency: flags.batch ? Number.POSITIVE_INFINITY : flags.concurrency,
      keep: files.keep,
      read: files.read,
      reject: (rejection, origin) => files.reject({ ...origin, ...rejection }),
      progress: viewer.update,
    };
    await create(plan, means, state);
    stopped = state.gaveUp ? "patience" : null;
  } catch (error) {
    stopped = toStop(error);
    if (stopped === "failure") throw error;
    const then = stopped === "cap" ? "; a larger cap goes on from here" : "";
    ctx.log(`  ${toMessage(error)}${then}`);
  } finally {
    await source.idle();
    atEase();
    end(stopped);
    await memories.close();
    await source.close();
  }
  ctx.log(renderEnd(state, target, toUsd(state, prices)));
  ctx.log(renderFunnel(state, prices, shape.options));
  if (state.gaveUp && !flags.allowShort) throw new ExpectedError(renderGivenUp(state, plan));
}

/** The creations of the same task and setting. */
function listBeside(folder: string): string[] {
  return readdirSync(dirname(folder)).map((name) => join(dirname(folder), name));
}

/** What ends a creation before its time without being its failure. */
function toStop(error: unknown): "cap" | "batch" | "failure" {
  if (error instanceof CapReached) return "cap";
  return error instanceof BatchPending ? "batch" : "failure";
}

function countingInto(tokens: Progress["checking"], chat: Chat): Chat {
  return async (request) => {
    const completion = await chat(request);
    countTokens(tokens, completion);
    tokens.replies += 1;
    return completion;
  };
}
