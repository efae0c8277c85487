import { join } from "node:path";
import { writeAtomic } from "@seedling/core/internal";
import { z } from "zod";

/** The results folder's own folder of them. */
export const notesFolder = "experiments";

/** What a results folder keeps of an experiment that evaluations in it were made for. */
export const experimentNoteSchema = z.object({
  version: z.literal(1),
  /** That of its file in `experiments/`. */
  name: z.string(),
  /** What it is about, and what in it differs from the paper. */
  about: z.string(),
});

export type ExperimentNote = z.infer<typeof experimentNoteSchema>;

/** Writes an experiment's note into a results folder, over an earlier one of the same name. */
export function writeExperimentNote(results: string, note: ExperimentNote): void {
  const path = join(results, notesFolder, `${note.name}.json`);
  writeAtomic(path, `${JSON.stringify(note, null, 2)}\n`);
}
