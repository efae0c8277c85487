import {
  type CreationManifest,
  collectConditions,
  dataKindOf,
  describeMachine,
} from "@seedling/core/internal";
import type { CreationState } from "../create/creation-state.ts";
import type { PreparedCreation } from "./prepare-creation.ts";
import { computeFunnel, computeUsd } from "./summary.ts";

/** What only the end of a creation knows. */
export interface CreationEnding extends Pick<CreationManifest, "outputs" | "stopped" | "levels"> {
  /** When the last used reply came. */
  date: string;
  /** Requests whose reply never came; their tokens at worst. */
  lost: { requests: number; tokens: number };
}

/** Builds a creation's manifest. */
export function buildCreationManifest(
  { run, completions, plan, row, verified, against, inputs, prices, checkModel }: PreparedCreation,
  state: CreationState,
  { outputs, stopped, levels, date, lost }: CreationEnding,
): CreationManifest {
  const { data, seeds, flags, task } = run;
  const { funnel, checking, agreement } = state;
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
      date: recording?.date ?? date,
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
    readings: state.readings,
    contamination:
      against && state.contaminated !== null
        ? { kept: state.contaminated, overlap: flags.nearOverlap, against }
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
