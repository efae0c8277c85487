import {
  type CreationManifest,
  collectConditions,
  dataKindOf,
  describeMachine,
} from "@seedling/core/internal";
import type { CreationState } from "../create/creation-state.ts";
import type { RunChat } from "../llm/run-chat.ts";
import type { PreparedCreation } from "./prepare-creation.ts";
import { computeFunnel, computeUsd } from "./summary.ts";

/**
 * Builds a creation's manifest.
 * @param ending what only its end knows; requests whose reply never came, with their tokens at worst, are lost
 */
export function buildCreationManifest(
  { run, completions, plan, options, row, verified, inputs, prices, checkModel }: PreparedCreation,
  state: CreationState,
  ending: Pick<CreationManifest, "outputs" | "stopped" | "levels"> & Pick<RunChat, "lost">,
): CreationManifest {
  const { data, seeds, flags, task } = run;
  const { funnel, checking, agreement, contaminated } = state;
  const { outputs, stopped, levels, lost } = ending;
  const against = options.evaluated?.map(({ task, split, examples }) => [
    `${task}/${split}`,
    examples.length,
  ]);
  const { replies: _, ...checkTokens } = checking;
  const recording = completions.kind === "live" ? null : completions.recording;
  return {
    version: 1,
    stage: "create",
    task: task.name,
    source: run.source,
    seeds: { example: seeds.example, creation: seeds.creation },
    data: { kind: dataKindOf(task, data), verified },
    completions: {
      kind: completions.kind,
      model: plan.parameters.model,
      date: recording?.date ?? state.date,
    },
    recording: recording?.folder ?? null,
    conditions: collectConditions(run, "create"),
    formattingExample: { row },
    target: plan.target,
    kept: funnel.kept,
    stopped,
    replies: funnel.completions,
    funnel: computeFunnel(state, prices),
    rejections: state.rejections,
    labels: state.labels,
    contamination:
      against && contaminated !== null
        ? {
            kept: contaminated,
            overlap: flags.nearOverlap,
            against: Object.fromEntries(against),
          }
        : null,
    labelCheck:
      flags.verify === null
        ? null
        : {
            model: checkModel,
            times: flags.verify,
            agreement: agreement.examples === 0 ? null : agreement.shares / agreement.examples,
            usage: checkTokens,
          },
    levels,
    usage: state.tokens,
    costUsd: computeUsd(state, prices),
    lost: { requests: lost.requests, tokensAtMost: lost.tokens },
    adapted: [...state.adapted],
    inputs,
    outputs,
    machine: describeMachine(),
    createdAt: new Date().toISOString(),
  };
}
