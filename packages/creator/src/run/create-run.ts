import { dirname } from "node:path";
import {
  type Context,
  type CreationManifest,
  ExpectedError,
  listFolders,
  lockFolder,
  mostExamples,
  type Run,
  renderAgreementAdvice,
  toExamplesJsonl,
  toMessage,
  toRunName,
  writeEnding,
} from "@seedling/core/internal";
import { type Creation, createExamples } from "../create/create-examples.ts";
import {
  computeAgreement,
  hasTaken,
  type Refit,
  renderGivenUp,
  renderKept,
} from "../create/creation.ts";
import { renderCurve } from "../create/feedback.ts";
import type { Clock } from "../llm/chat.ts";
import {
  findStop,
  openRunChat,
  type RunChat,
  type StageDependencies,
  writeRecording,
} from "../llm/run-chat.ts";
import { describeEnding } from "./describe-ending.ts";
import { type OpenRefit, openRunRefit } from "./open-refit.ts";
import { type PlannedCreation, planCreation } from "./plan.ts";
import { renderPreview } from "./preview.ts";
import { openProgress } from "./progress.ts";
import { computeUsd, measureLevels, renderEnd, renderFunnel, renderStart } from "./summary.ts";
import { createStopwatch } from "./throughput.ts";

/** What creating takes. */
export interface CreatorDependencies extends StageDependencies {
  openRefit: OpenRefit;
}

/**
 * Creates the examples of a run, unless they are there: one formatting example -> `created.jsonl`,
 * `lineage.jsonl`, `rejected.jsonl` and a manifest in the creation's folder. A source that is not
 * created has nothing to do here.
 */
export async function createRun(run: Run, ctx: Context, deps: CreatorDependencies): Promise<void> {
  const { plan, creation } = await planCreation(run, ctx);
  if (plan.state === "done") ctx.log(`${toRunName(run)}: ${plan.why}`);
  if (creation === null) return;
  const { completions, folder, prices } = creation;
  const unlock = lockFolder(folder);
  try {
    const { setting, shape, instruction: instructionText, target, parameters } = creation.plan;
    const example = toExamplesJsonl([shape.formatting, ...(shape.further ?? [])]);
    writeRecording(run, folder, example, { setting, instructionText, target, parameters });
    // Creations of the same task and setting.
    const neighbours = listFolders(dirname(folder));
    const { flags } = run;
    const opening = { completions, folder, neighbours, example, flags, prices, ctx, ...deps };
    // An encoder that is not there is an error before anything is paid for.
    const fitting = await openRunRefit(run, ctx, deps.openRefit);
    const source = await openRunChat(opening).catch(async (error: unknown) => {
      await fitting?.close();
      throw error;
    });
    try {
      await carryOut(creation, source, ctx, { clock: deps.clock, refit: fitting?.refit });
    } finally {
      await source.close();
      await fitting?.close();
    }
  } finally {
    unlock();
  }
}

async function carryOut(
  planned: PlannedCreation,
  source: RunChat,
  ctx: Context,
  { clock, refit }: { clock: Clock; refit: Refit | undefined },
): Promise<void> {
  const { run, folder, options, plan, prices } = planned;
  const { shape, parameters, check } = plan;
  const stopwatch = createStopwatch(clock.now, source.isLive);
  const creation = createExamples({
    ...options,
    refit,
    chat: stopwatch.watch(source.chat(parameters, prices.creating)),
    verify: options.verify &&
      check && { ...options.verify, chat: source.chat(check.parameters, prices.checking) },
    progress: () => progress.update(),
  });
  const { state } = creation;
  const progress = openProgress(ctx, () => ({
    creation: planned,
    state,
    inFlight: source.limits?.inFlight ?? state.inFlight,
    allowed: source.limits?.allowed ?? run.flags.concurrency,
    throughput: stopwatch.read(),
  }));
  const end = (stopped: CreationManifest["stopped"]): void => {
    progress.close();
    writeManifest(planned, creation, source, stopped);
  };

  ctx.log(renderStart(planned));
  const removeInterrupt = ctx.onInterrupt(() => {
    end("interrupt");
    return `${toRunName(run)}: ${renderKept(plan, state)}, every reply that came is saved in ${folder}`;
  });
  let stopped: CreationManifest["stopped"] = null;
  let failure: unknown = null;
  try {
    for await (const _ of creation);
  } catch (error) {
    // That it gave up is said below, with the flags that help.
    if (!state.gaveUp) failure = error;
  }
  if (state.gaveUp) stopped = "patience";
  else if (failure !== null) stopped = findStop(failure) ?? "failure";
  else if (planned.isPreview) stopped = "preview";
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
  ctx.log(renderEnd(plan, state, computeUsd(state, prices)));
  const curve = renderCurve(plan, state);
  if (curve) ctx.log(`  ${curve}`);
  if (stopped === "preview") return ctx.log(renderPreview(creation.kept));
  ctx.log(renderFunnel(state, prices, shape.options));
  const agreement = computeAgreement(state);
  const advice = renderAgreementAdvice(plan.check && { ...state, agreement }, planned.folder);
  if (advice) ctx.log(`  ${advice}`);
  if (!state.gaveUp) return;
  const why = `${renderGivenUp(plan, state)}; a larger --patience waits for more`;
  if (!run.flags.allowShort)
    throw new ExpectedError(
      `${why}${state.funnel.kept > 0 ? ", --allow-short goes on with these" : ""}`,
    );
  ctx.log(`  ${why}`);
}

/** Writes the manifest of a creation that ended. @param stopped why, before its target; null: it has it */
function writeManifest(
  planned: PlannedCreation,
  { state, kept, hashFiles }: Creation,
  { lost }: RunChat,
  stopped: CreationManifest["stopped"],
): void {
  const { plan, options, row } = planned;
  const { funnel, checking } = state;
  const { replies: _, ...checkTokens } = checking;
  const isOpenEnded = plan.target === mostExamples;
  const { evaluated } = options;
  const facts = { ...planned, model: plan.parameters.model, evaluated };
  writeEnding(planned.folder, stopped === null ? "done" : "partial", {
    ...describeEnding(facts, state, lost, stopped),
    formattingExample: { row },
    target: isOpenEnded || hasTaken(plan, state) ? funnel.kept : plan.target,
    tokens: state.counted,
    replies: funnel.completions,
    labelCheck: plan.check && {
      model: plan.check.parameters.model,
      times: plan.check.times,
      agreement: computeAgreement(state),
      usage: checkTokens,
      ...(state.relabelled !== null && { relabelled: state.relabelled }),
    },
    levels: stopped === "interrupt" ? [] : measureLevels(kept, plan.shape, plan.seed),
    usage: state.tokens,
    ...(state.naming && { naming: state.naming }),
    ...(state.curve.length > 0 && { curve: state.curve, isFlat: state.isFlat }),
    outputs: hashFiles(),
  } satisfies CreationManifest);
}
