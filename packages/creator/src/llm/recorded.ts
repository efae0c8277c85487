import { dataKindOf, type Recorded, type Run, recordValues } from "@seedling/core/internal";
import type { Parameters } from "./chat.ts";

/** What shapes requests and is not among a run's flags as given. */
export interface Shaping {
  setting: Recorded["setting"];
  instructionText: string;
  /** How many examples are created. */
  target: number;
  parameters: Parameters;
}

/** Builds what a recording says of itself, so that a replay asks the same. */
export function buildRecorded(
  run: Run,
  { setting, instructionText, target, parameters }: Shaping,
): Recorded {
  const { flags, task, seeds, data } = run;
  return {
    version: 1,
    task: task.name,
    mark: task.fingerprint ?? null,
    setting,
    data: dataKindOf(task, data),
    instructionText,
    values: { ...recordValues(flags, seeds, target), ...parameters },
  };
}
