import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { CreatedSetting } from "../src/data/sources.ts";
import { type Recorded, type RecordedValues, recordingFiles } from "../src/runs/recording.ts";

/** What distinguishes a recording made up for a test. */
export interface MadeUp {
  task?: string;
  setting?: CreatedSetting;
  data?: "benchmark" | "sample" | "own";
  mark?: string;
  values?: Partial<RecordedValues>;
  journal?: string;
}

/** The values of a recording where a test says nothing else. */
export const recordedValues: RecordedValues = {
  exampleSeed: 1,
  creationSeed: 1,
  examples: 40,
  tokens: null,
  numExamples: 5,
  model: "recorded-model",
  temperature: 1,
  topP: 1,
  maxTokens: 2048,
  instruction: "own",
  chunk: 20,
  stopWhenFlat: false,
  similarityEncoder: "use-lite",
  replies: "salvage",
  reply: "text",
  balance: false,
  chains: 1,
  reject: null,
  allow: null,
  nearOverlap: 0.7,
  nearCosine: null,
  verify: null,
  relabel: "off",
  answers: "text",
  verifyModel: null,
  minAgreement: null,
};

/** Writes a recording's three files. @returns its folder */
export function writeRecording(folder: string, made: MadeUp = {}): string {
  const { task = "yesno_open/boolq", setting = "tree", data = "benchmark" } = made;
  const flags: Recorded = {
    version: 1,
    task,
    setting,
    data,
    mark: made.mark ?? null,
    instructionText: "Write {num_examples} more.",
    values: { ...recordedValues, ...made.values },
  };
  const example = { question: "q", context: "c", options: ["True", "False"], label: true };
  const reply = { key: "k", text: '{"at":"1999-01-01"}', at: "2026-11-22T10:00:00.000Z" };
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, recordingFiles.flags), JSON.stringify(flags));
  writeFileSync(join(folder, recordingFiles.example), `${JSON.stringify(example)}\n`);
  writeFileSync(
    join(folder, recordingFiles.journal),
    made.journal ?? `${JSON.stringify({ ...reply, at: "2026-11-21" })}\n${JSON.stringify(reply)}\n`,
  );
  return folder;
}
