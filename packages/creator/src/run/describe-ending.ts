import {
  type CreationManifest,
  collectConditions,
  dataKindOf,
  describeMachine,
  type Run,
} from "@seedling/core/internal";
import type { CreationState } from "../create/creation.ts";
import type { ComparedSplit } from "../filters/contamination.ts";
import type { ModelPrices } from "../llm/prices.ts";
import type { RunChat } from "../llm/run-chat.ts";
import { computeFunnel, computeUsd } from "./summary.ts";

/** What the manifest of a creation says as that of labelled texts does, whatever they come from. */
export function describeEnding(
  facts: {
    run: Run;
    completions: NonNullable<Run["completions"]>;
    model: string;
    /** Whether the data are those that the task has hashes of. */
    verified: boolean;
    evaluated: readonly ComparedSplit[] | null | undefined;
    inputs: CreationManifest["inputs"];
    prices: ModelPrices;
  },
  state: CreationState,
  lost: RunChat["lost"],
  stopped: CreationManifest["stopped"],
) {
  const { run, completions, model, verified, evaluated, inputs, prices } = facts;
  const { task, source, seeds, data, flags } = run;
  const { funnel, contaminated } = state;
  const counts = evaluated?.map((one) => [`${one.task}/${one.split}`, one.examples.length]);
  const recording = completions.kind === "live" ? null : completions.recording;
  return {
    version: 1 as const,
    stage: "create" as const,
    task: task.name,
    ...(task.folder && { taskFolder: task.folder }),
    source,
    seeds: { example: seeds.example, creation: seeds.creation },
    data: { kind: dataKindOf(task, data), verified },
    completions: { kind: completions.kind, model, date: recording?.date ?? state.date },
    recording: recording?.folder ?? null,
    conditions: collectConditions(run, "create"),
    kept: funnel.kept,
    stopped,
    funnel: computeFunnel(state, prices),
    rejections: state.rejections,
    labels: state.labels,
    readings: state.readings,
    contamination:
      counts && contaminated !== null
        ? { kept: contaminated, overlap: flags.nearOverlap, against: Object.fromEntries(counts) }
        : null,
    costUsd: computeUsd(state, prices),
    lost: { requests: lost.requests, tokensAtMost: lost.tokens },
    adapted: [...state.adapted],
    inputs,
    machine: describeMachine(),
    createdAt: new Date().toISOString(),
  };
}
