import { readFileSync } from "node:fs";
import { join } from "node:path";
import { openBackend, openTokenizer } from "@seedling/core/internal";
import { tempFolder } from "@seedling/testing";
import { openCheckpoint } from "../src/checkpoint/checkpoint.ts";
import { addAnswers } from "../src/data/examples.ts";
import { type EncoderConfig, parseEncoderConfig } from "../src/encoder/encoder-config.ts";
import { createOps } from "../src/encoder/ops.ts";
import { type EncoderHead, listParameters, loadParameter } from "../src/encoder/parameters.ts";
import { tokenizeExamples } from "../src/tune/token-items.ts";
import { type TuneOptions, tune } from "../src/tune/tune.ts";
import { openTuningFolder } from "../src/tune/tuning-state.ts";
import { toyCheckpoint, toyChoices, toyClaims } from "./toy-student.ts";

/** What a toy task is tuned with: BERT of two layers, 24 items of 8 a step. */
export async function toOptions(
  kind: "classes" | "choice" = "classes",
  more: Partial<TuneOptions> = {},
): Promise<TuneOptions> {
  const source = toyCheckpoint("tiny-bert");
  const checkpoint = await openCheckpoint(source);
  const config = parseEncoderConfig(checkpoint.config, source);
  const head = toHead(config, kind);
  const parameters = listParameters(config, head);
  const values = new Map<string, Float32Array>();
  for (const parameter of parameters)
    values.set(parameter.name, await loadParameter(checkpoint, config, parameter, 1));
  await checkpoint.close();
  const tokenizer = await openTokenizer(source);
  const toItems = (count: number, seed: number) => {
    const examples = (kind === "classes" ? toyClaims : toyChoices)(count, seed);
    const classes = kind === "classes" ? ["True", "False"] : null;
    const reading = { classes, tokenizer, maxLength: 40, input: "full" } as const;
    return addAnswers(examples, tokenizeExamples(examples, reading).items, classes);
  };
  return {
    ops: createOps(await openBackend({ force: "wasm" })),
    config,
    head,
    parameters,
    load: async (name) => values.get(name) ?? new Float32Array(),
    train: toItems(24, 1),
    dev: toItems(12, 2),
    grid: [{ learningRate: 3e-3, batchSize: 8 }],
    epochs: 2,
    warmUp: 0.1,
    microBatch: null,
    weightDecay: 0.01,
    clip: 1,
    freeze: 0,
    recompute: false,
    parts: 1,
    earlyStop: null,
    seed: 1,
    ...more,
  };
}

function toHead(config: EncoderConfig, kind: "classes" | "choice"): EncoderHead {
  return { own: config.ownHeads[kind], outputs: kind === "classes" ? 2 : 1 };
}

/** Tunes in a folder. @returns the best point, its weights by name, and the log */
export async function run(options: TuneOptions, folder = tempFolder(), key = "key") {
  const state = await openTuningFolder(folder, key);
  const best = await tune(options, state);
  const file = state.state.best?.file;
  const tuned = await state.open(`${file}`);
  const weights = new Map<string, Float32Array | null>();
  for (const { name } of options.parameters) weights.set(name, await tuned.read(`values/${name}`));
  await tuned.close();
  const log: object[] = state
    .readLog()
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
  return {
    best,
    weights,
    log,
    points: state.state.points,
    bytes: readFileSync(join(folder, `${file}`)),
    state,
    folder,
  };
}
