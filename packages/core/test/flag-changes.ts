import { type Changes, type FlagName, flagTable } from "../src/flags/flags.ts";

/** One value other than the default for every flag that goes into a run's conditions. */
export const changes: Partial<Record<FlagName, string>> = {
  examples: "50",
  numExamples: "4",
  model: "other",
  temperature: "0.5",
  topP: "0.9",
  maxTokens: "100",
  instruction: "original",
  replies: "strict",
  reply: "schema",
  balance: "",
  reject: "truncated",
  allow: "duplicate",
  nearCosine: "0.9",
  verify: "2",
  patience: "3",
  concurrency: "2",
  retries: "1",
  timeout: "5",
  maxWait: "3",
  joinInstruction: "",
  maxCost: "1",
  maxTotalTokens: "1000",
  prices: "0.1,0.2",
  shard: "1/1",
  batch: "",
  dryRun: "",
  followLinks: "",
  addHuman: "3",
  encoder: "X/y",
  maxLength: "64",
  dev: "created",
  classWeights: "balanced",
  head: "mlp",
  features: "pair",
  recompute: "on",
  backend: "wasm",
  fraction: "0.5",
  fractionBy: "random",
  labels: "shuffled",
  exampleSeed: "2",
  creationSeed: "2",
  trainSeed: "2",
};

/** The same as words of a command line, by name. */
export const options = new Map<string, { name: FlagName; words: string; changes: Changes }>(
  Object.entries(changes).map(([name, value]) => [
    name,
    {
      name: name as FlagName,
      words: `--${name.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)} ${value}`.trim(),
      changes: flagTable[name as FlagName].changes,
    },
  ]),
);
