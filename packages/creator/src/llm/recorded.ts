import { join } from "node:path";
import {
  dataKindOf,
  type Recorded,
  type Run,
  recordingFiles,
  recordValues,
  writeAtomic,
} from "@seedling/core/internal";
import type { Parameters } from "./chat.ts";

/**
 * Writes a run's recording but for its journal: the example, and the flags from which a replay asks the
 * same. A replay has its recording elsewhere, and writes the example alone.
 * @param example the formatting example as JSONL; empty: none is shown
 * @param shaping what shapes requests and is not among a run's flags as given
 */
export function writeRecording(
  run: Run,
  folder: string,
  example: string,
  shaping: Pick<Recorded, "setting" | "instructionText"> & {
    target: number;
    parameters: Parameters;
  },
): void {
  const { setting, instructionText, target, parameters } = shaping;
  const { flags, task, seeds, data, completions } = run;
  writeAtomic(join(folder, recordingFiles.example), example);
  if (completions?.kind !== "live") return;
  const recorded: Recorded = {
    version: 1,
    task: task.name,
    mark: task.fingerprint ?? null,
    setting,
    data: dataKindOf(task, data),
    instructionText,
    values: { ...recordValues(flags, seeds, target), ...parameters },
  };
  writeAtomic(join(folder, recordingFiles.flags), `${JSON.stringify(recorded, null, 2)}\n`);
}
