import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { plan } from "../../core/test/planning.ts";
import { isTrialOver, type TrialEpoch } from "../src/data/trials.ts";
import { parseEncoderConfig } from "../src/encoder/encoder-config.ts";
import { listParameters } from "../src/encoder/parameters.ts";
import { estimateMemory, planMemory } from "../src/tune/memory.ts";
import { countPasses, countSteps, createTuningLog, planTuning } from "../src/tune/plan.ts";
import { toTinyFolder } from "./golden.ts";

describe("planTuning", () => {
  const base = "--data csqa --setting human --tune full --encoder some/model";
  const trials = (rates: number[], sizes: number[]) =>
    sizes.flatMap((batchSize) => rates.map((learningRate) => ({ learningRate, batchSize })));
  const usual = [5e-6, 1e-5, 2e-5];
  const papers = [5e-7, 1e-6, 3e-6, 5e-6, 1e-5, 2e-5, 5e-5, 1e-4, 3e-4];
  it.each<[string, object]>([
    ["", { grid: trials(usual, [16]), epochs: 10, warmUp: 0.06, parts: 1, earlyStop: null }],
    ["--recipe paper", { grid: trials(papers, [4, 8, 16]), epochs: 10 }],
    ["--recipe script", { grid: trials(usual, [64]), warmUp: 100, microBatch: 4 }],
    ["--recipe script --warm-up 0.1 --epochs 3", { warmUp: 0.1, epochs: 3 }],
    [
      "--learning-rates 1e-4,3e-4 --batch-size 8,32",
      { grid: trials([1e-4, 3e-4], [8, 32]), weightDecay: 0.01, clip: 1, freeze: 0 },
    ],
    ["--accumulate 4 --freeze 2 --early-stop 3", { parts: 4, freeze: 2, earlyStop: 3 }],
  ])("of '%s'", async (line, wanted) => {
    const [run] = await plan(`${base} ${line}`);
    expect(run && planTuning(run.flags)).toMatchObject(wanted);
  });

  it("has so many steps: the last batch of an epoch may be smaller", async () => {
    const [run] = await plan(`${base} --batch-size 8,32 --learning-rates 1e-4 --epochs 3`);
    expect(run && countSteps(planTuning(run.flags), 33)).toBe(3 * 5 + 3 * 2);
  });
});

describe("isTrialOver", () => {
  const toPoints = (accuracies: (number | null)[]): TrialEpoch[] =>
    accuracies.map((devAccuracy, at) => ({
      learningRate: 1e-5,
      batchSize: 16,
      epoch: at + 1,
      trainLoss: 1,
      devLoss: devAccuracy === null ? null : 1,
      devAccuracy,
      collapsed: false,
    }));
  it.each<[string, (number | null)[], number | null, boolean]>([
    ["at its start", [], 1, false],
    ["in its midst", [0.5, 0.6], null, false],
    ["after all epochs", [0.5, 0.6, 0.7], null, true],
    ["after a loss that is not finite", [0.5, null], null, true],
    ["when it rises", [0.5, 0.6], 1, false],
    ["when it fell once of two that are let pass", [0.6, 0.5], 2, false],
    ["when it fell once of one", [0.6, 0.5], 1, true],
    ["when it stays, which is no better", [0.6, 0.6], 1, true],
  ])("%s", (_, accuracies, earlyStop, wanted) => {
    expect(isTrialOver(toPoints(accuracies), { epochs: 3, earlyStop })).toBe(wanted);
  });
});

const tiny = parseEncoderConfig(
  JSON.parse(readFileSync(join(toTinyFolder("tiny-bert"), "config.json"), "utf8")),
  "config.json",
);

const toItem = (length: number) => ({
  sequences: [{ ids: Array(length).fill(1), typeIds: [] }],
  label: 0,
  right: [true],
});

describe("memory", () => {
  const config = parseEncoderConfig(
    {
      model_type: "roberta",
      hidden_size: 1024,
      intermediate_size: 4096,
      num_attention_heads: 16,
      num_hidden_layers: 24,
      vocab_size: 50265,
      max_position_embeddings: 514,
      type_vocab_size: 1,
      hidden_act: "gelu",
    },
    "config.json",
  );
  const size = {
    config,
    parameters: listParameters(config),
    freeze: 0,
    sequences: 16,
    longest: 256,
  };

  it("of RoBERTa-large's step at 16 x 256 fits 16 GB where layers are computed twice", () => {
    // By hand, in numbers of 4 bytes: parameters 354,310,144 four times; a layer 4,096 x 18,432 and
    // twice 16 x 16 x 256 x 256; the way back 4,096 x 16,384 and four times those shares.
    const [parameters, layer, working] = [1_417_240_576, 109_051_904, 134_217_728];
    expect(estimateMemory(size, false)).toBe(4 * (parameters + 24 * layer + working));
    const inputs = 24 * 4096 * 1024;
    expect(estimateMemory(size, true)).toBe(4 * (parameters + inputs + layer + working));
    expect(estimateMemory(size, false)).toBeGreaterThan(16e9);
    expect(estimateMemory(size, true)).toBeLessThan(16e9);
  });

  it("is less with frozen layers: no gradient, no moments, nothing kept", () => {
    const frozen = estimateMemory({ ...size, freeze: 24 }, false);
    // Parameters once, and no layer kept.
    expect(frozen).toBe(4 * (354_310_144 + 134_217_728));
  });

  it("counts the gates of ModernBERT-base twice, and no table of positions", () => {
    const modern = parseEncoderConfig(
      {
        model_type: "modernbert",
        hidden_size: 768,
        intermediate_size: 1152,
        num_attention_heads: 12,
        num_hidden_layers: 22,
        vocab_size: 50368,
        max_position_embeddings: 8192,
        hidden_activation: "gelu",
      },
      "config.json",
    );
    const parameters = listParameters(modern);
    // By hand: 149,014,272 numbers; a layer 512 x (10 x 768 + 4 x 1,152) and twice 4 x 12 x 128 x 128.
    const numbers = 50368 * 768 + 768 * 2 + 22 * (768 * (3072 + 3 * 1152) + 768) + 21 * 768;
    expect(numbers).toBe(149_014_272);
    const [layer, working] = [7_864_320, 512 * (4 * 768 + 6 * 1152) + 3_145_728];
    const step = { config: modern, parameters, freeze: 0, sequences: 4, longest: 128 };
    expect(estimateMemory(step, false)).toBe(4 * (4 * numbers + 22 * layer + working));
  });

  it.each<["auto" | "on" | "off", number, boolean]>([
    ["auto", 16, true],
    ["auto", 2, false],
    ["on", 2, true],
    ["off", 16, false],
  ])("%s at %i sequences on a card", (flag, sequences, wanted) => {
    const grid = [{ learningRate: 1e-5, batchSize: sequences }];
    const plan = { grid, freeze: 0, parts: 1 };
    const items = Array.from({ length: sequences }, () => toItem(256));
    expect(planMemory(flag, plan, size, items, { device: "CUDA" }).recompute).toBe(wanted);
  });
});

describe("planMemory", () => {
  it("finds the longest of 200,000 items", () => {
    const short = toItem(3);
    const items = [...Array.from({ length: 200_000 }, () => short), toItem(32)];
    const grid = [8, 16].map((batchSize) => ({ learningRate: 1e-5, batchSize }));
    const model = { config: tiny, parameters: listParameters(tiny) };
    const { bytes } = planMemory("off", { grid, freeze: 0, parts: 2 }, model, items, {
      device: "CPU",
    });
    const size = { ...model, freeze: 0, sequences: 8, longest: 32 };
    expect(bytes).toBe(estimateMemory(size, false));
  });
});

describe("createTuningLog", () => {
  it("tells every 15 seconds how far it is, and what is left at most", () => {
    let clock = 0;
    const lines: string[] = [];
    const pace = createTuningLog(
      (line) => lines.push(line),
      () => clock,
    );
    for (const [seconds, told, done] of [
      [1, "step 1", 0.01],
      [14, "step 14", 0.14],
      [16, "step 16", 0.16],
      [20, "step 20", 0.2],
      [50, "step 50", 0.5],
      [60, "240 scored", 0.6],
      [66, "384 scored", 0.66],
    ] as const) {
      clock = seconds * 1000;
      pace(told, done);
    }
    // From 0.01 at 1 s to 0.16 at 16 s is 100 s for the whole: 84 s are left, 50 and 34.
    expect(lines).toEqual([
      "  step 16; about 1 min 24 s left at most",
      "  step 50; about 50 s left at most",
      "  384 scored; about 34 s left at most",
    ]);
  });

  it("tells no time where nothing was done meanwhile", () => {
    let clock = 0;
    const lines: string[] = [];
    const pace = createTuningLog(
      (line) => lines.push(line),
      () => clock,
    );
    clock = 20_000;
    pace("step 1", 0.02);
    expect(lines).toEqual([]);
  });
});

describe("countPasses", () => {
  const work = { epochs: [4, 5], layers: 6, train: 100, dev: 10 };
  it.each<[string, number, boolean, number]>([
    ["all layers", 0, false, 3],
    ["half of them", 3, false, 2],
    ["the head alone", 6, false, 1],
    ["all layers, computed twice", 0, true, 4],
    ["half of them, computed twice", 3, true, 2.5],
  ])("of %s", (_, freeze, recompute, cost) => {
    const one = { ...work, freeze, recompute };
    expect(countPasses(one)).toBe(9 * (cost * 100 + 10));
    const position = { done: 1, epoch: 3, trained: 40, scored: 0 };
    expect(countPasses(one, position)).toBe(6 * (cost * 100 + 10) + cost * 40);
    const scoring = { done: 1, epoch: 5, trained: 100, scored: 10 };
    expect(countPasses(one, scoring)).toBe(countPasses(one));
  });
});
