import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import {
  type Context,
  type CreationManifest,
  ExpectedError,
  lockFolder,
  type Run,
  toExamplesJsonl,
  toMessage,
  toRunName,
  writeEnding,
} from "@seedling/core/internal";
import { createExamples } from "../create/create-examples.ts";
import { renderGivenUp } from "../create/creation-state.ts";
import { writeRecording } from "../llm/recorded.ts";
import { findStop, openRunChat, type RunChat, type StageDependencies } from "../llm/run-chat.ts";
import { answerParameters } from "../prompt/answer-prompt.ts";
import { buildCreationManifest } from "./creation-manifest.ts";
import { measureLevels } from "./levels.ts";
import { type PlannedCreation, planCreation } from "./plan.ts";
import { openProgress } from "./progress.ts";
import { computeUsd, renderEnd, renderFunnel, renderStart } from "./summary.ts";
import { createStopwatch } from "./throughput.ts";

/**
 * Creates the examples of a run, unless they are there: one formatting example -> `created.jsonl`,
 * `lineage.jsonl`, `rejected.jsonl` and a manifest in the creation's folder. A source that is not
 * created has nothing to do here.
 */
export async function createRun(run: Run, ctx: Context, deps: StageDependencies): Promise<void> {
  const { plan, creation } = await planCreation(run, ctx);
  if (plan.state === "done") ctx.log(`${toRunName(run)}: ${plan.why}`);
  if (creation === null) return;
  const { completions, folder, prices } = creation;
  const unlock = lockFolder(folder);
  try {
    const { setting, shape, instruction: instructionText, target, parameters } = creation.plan;
    const example = toExamplesJsonl([shape.formatting]);
    writeRecording(run, folder, { example, setting, instructionText, target, parameters });
    // Creations of the same task and setting.
    const neighbours = readdirSync(dirname(folder)).map((name) => join(dirname(folder), name));
    const { flags } = run;
    const opening = { completions, folder, neighbours, flags, prices, ctx, ...deps };
    const source = await openRunChat(opening);
    try {
      await carryOut(creation, source, ctx, deps);
    } finally {
      await source.close();
    }
  } finally {
    unlock();
  }
}

async function carryOut(
  planned: PlannedCreation,
  source: RunChat,
  ctx: Context,
  { clock }: StageDependencies,
): Promise<void> {
  const { run, completions, folder, options, plan, prices, checkModel, workload } = planned;
  const { shape, target, seed, parameters } = plan;
  const stopwatch = createStopwatch(clock.now, source.isLive);
  const answers = source.chat(answerParameters(parameters, checkModel), prices.checking);
  const creation = createExamples({
    ...options,
    chat: stopwatch.watch(source.chat(parameters, prices.creating)),
    verify: options.verify && { ...options.verify, chat: answers },
    progress: () => progress.update(),
  });
  const { state } = creation;
  const progress = openProgress(ctx, () => ({
    name: toRunName(run),
    from: completions.kind,
    model: parameters.model,
    options: shape.options,
    state,
    workload,
    inFlight: source.inFlight ?? state.inFlight,
    allowed: source.allowed,
    prices,
    throughput: stopwatch.read(),
  }));
  const end = (stopped: CreationManifest["stopped"]): void => {
    progress.close();
    const levels = stopped === "interrupt" ? [] : measureLevels(creation.kept, shape, seed);
    const ending = { levels, outputs: creation.hashFiles(), stopped, lost: source.lost };
    const manifest = buildCreationManifest(planned, state, ending);
    writeEnding(folder, stopped === null ? "done" : "partial", manifest);
  };

  ctx.log(renderStart(run, plan));
  const removeInterrupt = ctx.onInterrupt(() => {
    end("interrupt");
    return `${toRunName(run)}: ${state.funnel.kept} of ${target} kept, every reply that came is saved in ${folder}`;
  });
  let stopped: CreationManifest["stopped"] = null;
  let failure: unknown = null;
  try {
    for await (const _ of creation);
    if (state.gaveUp) stopped = "patience";
  } catch (error) {
    failure = error;
    stopped = findStop(error) ?? "failure";
  }
  removeInterrupt();
  try {
    end(stopped);
  } catch (error) {
    throw failure ?? error;
  }
  if (stopped === "failure") throw failure;
  if (failure !== null) {
    const then = stopped === "cap" ? "; a larger cap goes on from here" : "";
    ctx.log(`  ${toMessage(failure)}${then}`);
  }
  ctx.log(renderEnd(state, target, computeUsd(state, prices)));
  ctx.log(renderFunnel(state, prices, shape.options));
  if (state.gaveUp && !run.flags.allowShort)
    throw new ExpectedError(
      `${renderGivenUp(plan, state)}; a larger --patience waits for more, --allow-short goes on with these`,
    );
}
