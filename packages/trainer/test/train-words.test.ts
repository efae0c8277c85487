import type { Run } from "@seedling/core/internal";
import { describe, expect, it } from "vitest";
import { renderTrial } from "../src/data/trials.ts";
import { createEmbedProgress } from "../src/features/features.ts";
import { renderTruncated } from "../src/features/truncation.ts";
import { renderSetup } from "../src/run/train-run.ts";
import { limitThreads } from "../src/run/trainer-stage.ts";
import { renderMemory } from "../src/tune/memory.ts";

describe("a training in words", () => {
  it.each<[Parameters<typeof renderSetup>[0], "fp32" | "q8" | null, string]>([
    [
      { encoder: "some/model", tune: "full", head: "own" },
      null,
      "full tuning of some/model, backend wasm",
    ],
    [
      { encoder: "use-lite", tune: "head", head: null },
      null,
      "encoder use-lite, linear head, backend wasm",
    ],
    [
      { encoder: "/models/mini", tune: "head", head: "linear" },
      "q8",
      "encoder mini (q8, transformers.js), linear head",
    ],
    [
      { encoder: "/models/mini", tune: "head", head: "mlp" },
      "fp32",
      "encoder mini (fp32, transformers.js), mlp head, backend wasm",
    ],
  ])("names what is trained and what computes it: %o, %s", (flags, dtype, said) => {
    expect(renderSetup(flags, dtype, "wasm")).toBe(said);
  });

  it.each([
    [
      { learningRate: 0.00002, batchSize: 16, epoch: 3 },
      "learning rate 2e-5, batch size 16, epoch 3",
    ],
    [{ learningRate: 0.003 }, "learning rate 0.003"],
    [{ l2: 0.00003 }, "L2 penalty 3e-5"],
    [{ l2: 0 }, "L2 penalty 0"],
  ])("shows the point %o", (point, said) => {
    expect(renderTrial(point)).toBe(said);
  });

  it.each([
    [0, "none"],
    [0.0004, "less than 0.1 %"],
    [0.0005, "0.1 %"],
    [0.031, "3.1 %"],
  ])("shows a cut of %d as %s", (share, said) => {
    expect(renderTruncated(share)).toBe(said);
  });

  it.each([
    [7.14e9, "7.1 GB"],
    [1e8, "0.1 GB"],
    [3.46e7, "35 MB"],
    [2e5, "1 MB"],
  ])("shows %d bytes as %s", (bytes, said) => {
    expect(renderMemory(bytes)).toBe(said);
  });

  it("tells of texts every five seconds", () => {
    let clock = 0;
    const lines: string[] = [];
    const progress = createEmbedProgress(
      "read",
      (line) => lines.push(line),
      () => clock,
    );
    for (const [seconds, done] of [
      [1, 100],
      [5, 500],
      [9, 900],
      [10, 1000],
    ] as const) {
      clock = seconds * 1000;
      progress(done, 1221);
    }
    expect(lines).toEqual(["  500 of 1,221 texts read", "  1,000 of 1,221 texts read"]);
  });
});

const mlp = { flags: { tune: "head", head: "mlp", runtime: "onnx" } } as const;
const linear = { flags: { tune: "head", head: "linear", runtime: "onnx" } } as const;
const full = { flags: { tune: "full", head: "own", runtime: "onnx" } } as const;
const ownEncoder = { flags: { tune: "head", head: "mlp", runtime: "tfjs" } } as const;

describe("limitThreads", () => {
  it.each([
    ["MLP heads alone", [mlp, mlp], undefined, "1"],
    ["MLP heads, and the user wants more", [mlp], "4", "4"],
    ["a linear head too", [mlp, linear], undefined, undefined],
    ["an encoder that is tuned too", [mlp, full], undefined, undefined],
    ["an encoder of our own below the head", [ownEncoder], undefined, undefined],
  ])("%s", (_, runs, user, wanted) => {
    const env = { TF_NUM_INTRAOP_THREADS: user };
    limitThreads(runs as unknown as Run[], env);
    expect(env.TF_NUM_INTRAOP_THREADS).toBe(wanted);
  });
});
