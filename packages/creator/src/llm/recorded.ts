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

/** What shapes requests and is not among a run's flags as given. */
export interface Shaping {
  /** The formatting example as JSONL; empty: none is shown. */
  example: string;
  setting: Recorded["setting"];
  instructionText: string;
  /** How many examples are created. */
  target: number;
  parameters: Parameters;
}

/**
 * Writes a run's recording but for its journal: the example, and the flags from which a replay asks the
 * same. A replay has its recording elsewhere, and writes the example alone.
 */
export function writeRecording(run: Run, folder: string, shaping: Shaping): void {
  const { example, setting, instructionText, target, parameters } = shaping;
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
