import {
  type CreationManifest,
  collectConditions,
  dataKindOf,
  describeMachine,
  type Run,
} from "@seedling/core/internal";
import type { Progress } from "../create/progress.ts";
import type { ModelPrices } from "../llm/run-prices.ts";
import { toFunnelRecord } from "./funnel.ts";
import type { Prepared } from "./prepare.ts";
import { toUsd } from "./usd.ts";

/** What only the end of a creation knows. */
export interface Ending
  extends Pick<CreationManifest, "inputs" | "outputs" | "stopped" | "levels"> {
  /** When the last used reply came. */
  date: string;
  prices: ModelPrices;
  /** The model that checked labels. */
  checkModel: string;
  /** How many items of each split stood against contamination; null: it was not looked for. */
  against: Record<string, number> | null;
  lost: { requests: number; tokens: number };
}

/** A creation's manifest. */
export function toManifest(
  run: Run,
  { plan, row, verified }: Prepared,
  state: Progress,
  ending: Ending,
): CreationManifest {
  const { completions, data, seeds, flags, task } = run;
  const { prices, date, against, lost, checkModel } = ending;
  const { funnel, checking } = state;
  const { replies: _, ...checkTokens } = checking;
  return {
    version: 1,
    stage: "create",
    task: task.name,
    source: run.source,
    seeds: { example: seeds.example, creation: seeds.creation },
    data: { kind: dataKindOf(task, data), verified },
    completions: {
      kind: completions?.kind ?? "live",
      model: plan.parameters.model,
      date: completions && completions.kind !== "live" ? completions.recording.date : date,
    },
    recording: completions && completions.kind !== "live" ? completions.recording.folder : null,
    conditions: collectConditions(run, "create"),
    formattingExample: { row },
    target: plan.target,
    kept: funnel.kept,
    stopped: ending.stopped,
    replies: funnel.completions,
    funnel: toFunnelRecord(state, prices),
    rejections: state.rejections,
    labels: state.labels,
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
            agreement: toMeanAgreement(state),
            usage: checkTokens,
          },
    levels: ending.levels,
    usage: state.tokens,
    costUsd: toUsd(state, prices),
    lost: { requests: lost.requests, tokensAtMost: lost.tokens },
    adapted: [...state.adapted],
    inputs: ending.inputs,
    outputs: ending.outputs,
    machine: describeMachine(),
    createdAt: new Date().toISOString(),
  };
}

/** The mean share of answers that agree with a label; null: no label was checked. */
function toMeanAgreement({ agreement }: Progress): number | null {
  return agreement.examples === 0 ? null : agreement.shares / agreement.examples;
}
