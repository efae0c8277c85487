import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { openBackend } from "../src/backend.ts";
import { part } from "./parts.ts";

/** Runs a module text in a process of its own, since a process has one backend. */
async function run(text: string, ...options: string[]) {
  const args = [...options, "--import", "tsx", "--input-type=module", "--eval", text];
  return promisify(execFile)(process.execPath, args, { cwd: import.meta.dirname });
}

const printBackend = `
  const { openBackend } = await import("../src/backend.ts");
  const { tf, describe, name } = await openBackend();
  const loss = tf.grad((x) => tf.sum(tf.mul(x, x)));
  console.log(JSON.stringify({ name, describe, grad: await loss(tf.tensor1d([3, 4])).array() }));
`;

describe("openBackend", () => {
  it("takes wasm when forced, and has gradients", async () => {
    const env: Record<string, string | undefined> = { TF_CPP_MIN_LOG_LEVEL: "1" };
    const { tf, ...backend } = await openBackend({ force: "wasm", env });
    expect(backend).toEqual({
      name: "wasm",
      version: tf.version["tfjs-core"],
      device: "CPU",
      describe: `wasm ${tf.version["tfjs-core"]}, CPU`,
      passedOver: [],
    });
    expect(tf.getBackend()).toBe("wasm");
    const square = tf.grad((x) => tf.mul(x, x));
    expect(await square(tf.tensor1d([3, -2])).array()).toEqual([6, -4]);
  });

  it("opens once: later calls get the same backend", async () => {
    expect(await openBackend()).toBe(await openBackend({ force: "wasm" }));
  });

  it("fills in TensorFlow's settings and keeps the user's", async () => {
    const text = `
      const { openBackend } = await import("../src/backend.ts");
      const env = { TF_CPP_MIN_LOG_LEVEL: "1" };
      await openBackend({ force: "wasm", env });
      console.log(JSON.stringify(env));
    `;
    expect(JSON.parse((await run(text)).stdout)).toEqual({
      TF_CPP_MIN_LOG_LEVEL: "1",
      TF_DETERMINISTIC_OPS: "1",
      TF_FORCE_GPU_ALLOW_GROWTH: "true",
      NVIDIA_TF32_OVERRIDE: "0",
    });
  });

  it("loads no tfjs when imported", async () => {
    const text = `
      await import("../src/backend.ts");
      await import("../src/embed/open-embed.ts");
      const { createRequire } = await import("node:module");
      const loaded = Object.keys(createRequire(process.cwd() + "/x.js").cache);
      console.log(loaded.filter((path) => /tensorflow|transformers|onnx/.test(path)).length);
    `;
    expect((await run(text)).stdout.trim()).toBe("0");
  });

  it.skipIf(part("native") === null)("takes native TensorFlow where it is, quietly", async () => {
    const { stdout, stderr } = await run(printBackend);
    expect(JSON.parse(stdout)).toEqual({
      name: "tfjs-node-gpu",
      describe: expect.stringMatching(
        /^tfjs-node-gpu 4\.\d+\.\d+, TensorFlow 2\.\d+\.\d+, (CPU|CUDA)$/,
      ),
      grad: [6, 8],
    });
    expect(stderr).toBe("");
  });

  it("falls back to wasm without native parts, quietly", async () => {
    const { stdout, stderr } = await run(printBackend, "--require", "./without-native.cjs");
    expect(JSON.parse(stdout)).toMatchObject({ name: "wasm", grad: [6, 8] });
    expect(stderr).toBe("");
  });
});
