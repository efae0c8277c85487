import { describe, expect, it } from "vitest";
import { takeOneThread } from "../src/run/one-thread.ts";

const mlp = { flags: { tune: "head", head: "mlp", runtime: "onnx" } } as const;
const linear = { flags: { tune: "head", head: "linear", runtime: "onnx" } } as const;
const full = { flags: { tune: "full", head: "own", runtime: "onnx" } } as const;
const ownEncoder = { flags: { tune: "head", head: "mlp", runtime: "tfjs" } } as const;

describe("takeOneThread", () => {
  it.each([
    ["MLP heads alone", [mlp, mlp], undefined, "1"],
    ["MLP heads, and the user wants more", [mlp], "4", "4"],
    ["a linear head too", [mlp, linear], undefined, undefined],
    ["an encoder that is tuned too", [mlp, full], undefined, undefined],
    ["an encoder of our own below the head", [ownEncoder], undefined, undefined],
  ])("%s", (_, runs, user, wanted) => {
    const env = { TF_NUM_INTRAOP_THREADS: user };
    takeOneThread(runs, env);
    expect(env.TF_NUM_INTRAOP_THREADS).toBe(wanted);
  });
});
