import { type CreationManifest, type Run, toConditions } from "@seedling/core";
import { toCost } from "./ask/cost.ts";
import type { Prepared } from "./prepare.ts";
import type { Progress } from "./progress.ts";

/** What only the end of a creation knows. */
export interface Ending {
  inputs: Record<string, string>;
  outputs: Record<string, string>;
  /** When the last used reply came. */
  date: string;
  stopped: CreationManifest["stopped"];
}

/** A creation's manifest. */
export function toManifest(
  run: Run,
  { plan, row, verified }: Prepared,
  state: Progress,
  { inputs, outputs, date, stopped }: Ending,
): CreationManifest {
  const { completions, data, seeds } = run;
  return {
    version: 1,
    stage: "create",
    task: run.task.name,
    source: run.source,
    seeds: { example: seeds.example, creation: seeds.creation },
    data: { kind: data.kind, verified },
    completions: {
      kind: completions?.kind ?? "live",
      model: plan.parameters.model,
      date: completions && completions.kind !== "live" ? completions.recording.date : date,
    },
    conditions: toConditions(run, "create"),
    formattingExample: { row },
    target: plan.target,
    kept: state.kept,
    stopped,
    replies: state.replies,
    rejections: state.rejections,
    usage: {
      promptTokens: state.promptTokens,
      completionTokens: state.completionTokens,
      uncounted: state.uncounted,
    },
    costUsd: toRunCost(run, state),
    adapted: [...state.adapted],
    inputs,
    outputs,
    createdAt: new Date().toISOString(),
  };
}

/** What a live creation's settled replies cost, in USD; null where no price is known. */
export function toRunCost({ completions }: Run, state: Progress): number | null {
  if (completions?.kind !== "live") return null;
  return toCost(state, completions.model, completions.endpoint);
}
