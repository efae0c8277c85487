import { join } from "node:path";
import { type AnswersManifest, type CreationManifest, writeAtomic } from "@seedling/core/internal";
import type { TrainingManifest } from "@seedling/trainer/internal";
import { max, sum } from "d3-array";
import { z } from "zod";
import type { EvaluationManifest, TestItem } from "./evaluation-manifest.ts";
import type { LogPoint } from "./training-log.ts";

/** A file that cannot be used, and why. Paths are relative to the results folder. */
export interface LeftOut {
  path: string;
  why: string;
}

/** The items of one evaluation as columns, one entry a test item, in the test file's order. */
export type ItemColumns = ReturnType<typeof createItemColumns>;

/** Of these, what metrics are computed of. */
export type AnswerColumns = Pick<ItemColumns, "gold" | "predicted" | "right" | "confidence">;

/** @param temperature that their probabilities were made with; undefined: with none */
export function createItemColumns(items: readonly TestItem[], temperature?: number) {
  const column = (mark: "dev" | "train") =>
    Uint8Array.from(items, ({ shares }) => (shares?.includes(mark) ? 1 : 0));
  return {
    gold: items.map(({ gold }) => gold),
    predicted: items.map(({ predicted }) => predicted),
    /** 1 right, 0 wrong. */
    right: Uint8Array.from(items, ({ right }) => (right ? 1 : 0)),
    /** The largest probability of an item's options; NaN where none was given. */
    confidence: Float64Array.from(items, ({ probabilities }) => max(probabilities) ?? Number.NaN),
    /** The same without the temperature; null where there was none. */
    uncalibrated:
      temperature === undefined
        ? null
        : Float64Array.from(items, (item) => removeTemperature(item.probabilities, temperature)),
    /** 1: its two best options are so nearly equal that rounding may decide between them. */
    nearTie: Uint8Array.from(items, ({ probabilities }) => (isNearTie(probabilities) ? 1 : 0)),
    /** 1: the item's question is in the dev split; all 0 where it was not looked for. */
    inDev: column("dev"),
    /** 1: the item is too close to an example trained on; all 0 where it was not looked for. */
    inTrain: column("train"),
  };
}

/** The largest of some probabilities as it was before their scores were divided by a temperature; NaN of none. */
function removeTemperature(probabilities: readonly number[], temperature: number): number {
  const powers = probabilities.map((p) => p ** temperature);
  return (max(powers) ?? Number.NaN) / sum(powers);
}

/** Between two probabilities: a hundred times what another backend's rounding was seen to change. */
const nearTie = 1e-3;

function isNearTie(probabilities: readonly number[]): boolean {
  const best = max(probabilities) ?? Number.NaN;
  return probabilities.filter((one) => best - one < nearTie).length > 1;
}

/** One classifier on one test set. */
export interface EvaluationRun {
  /** `evaluations/<task>/<source>/<id>/<test set>`. */
  path: string;
  manifest: EvaluationManifest;
  items: ItemColumns;
  /** `trainings/<task>/<source>/<id>`; null where that is not there or left out. */
  training: string | null;
  /** `creations/<task>/<source>/<id>`; null where nothing was created, or that is not there or left out. */
  creation: string | null;
  /** Whether the test file has changed since. */
  testFileChanged: boolean;
}

/** One training. */
export interface TrainingRun {
  path: string;
  manifest: TrainingManifest;
  /** The lines of its `classifier/training.jsonl` with a dev accuracy; none where that is not there or damaged. */
  log: LogPoint[];
}

/** One creation. */
export interface CreationRun {
  path: string;
  manifest: CreationManifest;
  /** Stopped before its end: its manifest is a `partial.json`. */
  partial: boolean;
}

/** A language model's own answers to a test set. */
export interface AnswersRun {
  path: string;
  manifest: AnswersManifest;
}

/** A run that ended in an error. */
export interface Failure {
  path: string;
  stage: "creation" | "training" | "evaluation" | "direct answers";
  error: string;
  /** When, ISO. */
  at: string;
}

/** Everything usable of a results folder, each list in the order of its paths. */
export interface Results {
  /** The results folder's absolute path. */
  dir: string;
  evaluations: EvaluationRun[];
  trainings: TrainingRun[];
  creations: CreationRun[];
  answers: AnswersRun[];
  experiments: ExperimentNote[];
  failures: Failure[];
  leftOut: LeftOut[];
}

/** The results folder's own folder of experiments' notes. */
export const notesFolder = "experiments";

/** What a results folder keeps of an experiment that evaluations in it were made for. */
export const experimentNoteSchema = z.object({
  version: z.literal(1),
  /** The name of the experiment's file in `experiments/`. */
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
