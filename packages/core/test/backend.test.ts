import { part, runScript, withoutNative } from "@seedling/testing";
import { describe, expect, it } from "vitest";
import { openBackend } from "../src/backend/backend.ts";
import { toMend, withMend, writeSettings } from "../src/backend/openers.ts";

/** Runs a module text in a process of its own, since a process has one backend. */
function run(text: string, ...flags: string[]) {
  return runScript(text, import.meta.dirname, [], { flags });
}

/** The message of the error that a forced backend ends in. */
async function failForced(name: string, ...options: string[]): Promise<string> {
  const text = `
    const { openBackend } = await import("../src/backend/backend.ts");
    await openBackend({ force: "${name}" }).catch((error) =>
      console.log(error.name + ": " + error.message));
  `;
  return (await run(text, ...options)).out.trim();
}

const printBackend = `
  const { openBackend } = await import("../src/backend/backend.ts");
  const { tf, describe, name, settings } = await openBackend();
  const loss = tf.grad((x) => tf.sum(tf.mul(x, x)));
  console.log(JSON.stringify({ name, describe, settings, grad: await loss(tf.tensor1d([3, 4])).array() }));
`;

describe("openBackend", () => {
  it("takes wasm when forced, and has gradients", async () => {
    const { tf, ...backend } = await openBackend({ force: "wasm" });
    expect(backend).toEqual({
      name: "wasm",
      version: tf.version["tfjs-core"],
      tensorflow: null,
      device: "CPU",
      adapter: null,
      threads: 1,
      settings: {},
      describe: `wasm ${tf.version["tfjs-core"]}, CPU, 1 thread`,
      passedOver: [],
    });
    expect(tf.getBackend()).toBe("wasm");
    const square = tf.grad((x) => tf.mul(x, x));
    expect(await square(tf.tensor1d([3, -2])).array()).toEqual([6, -4]);
  });

  it("opens once: later calls get the same backend", async () => {
    const backend = await openBackend({ force: "wasm" });
    expect(await openBackend()).toBe(backend);
    expect(await openBackend({ force: null })).toBe(backend);
    await expect(openBackend({ force: "webgpu" })).rejects.toThrow(
      "asked for webgpu, but this process already runs on wasm",
    );
  });

  it.skipIf(part("native") === null)("chooses anew once it is released", async () => {
    const text = `
      const { openBackend, releaseBackend } = await import("../src/backend/backend.ts");
      for (const force of ["wasm", null, "wasm", "tfjs-node-gpu"]) {
        const { tf, name } = await openBackend({ force });
        const sum = await tf.sum(tf.tensor1d([1, 2])).data();
        console.log(name, tf.getBackend(), sum[0]);
        releaseBackend();
      }
    `;
    const native = "tfjs-node-gpu tensorflow 3";
    expect((await run(text)).out.trim().split("\n")).toEqual([
      "wasm wasm 3",
      native,
      "wasm wasm 3",
      native,
    ]);
  });

  it("loads no tfjs when imported", async () => {
    const text = `
      await import("../src/backend/backend.ts");
      await import("../src/embed/open-embed.ts");
      const { createRequire } = await import("node:module");
      const loaded = Object.keys(createRequire(process.cwd() + "/x.js").cache);
      console.log(loaded.filter((path) => /tensorflow|transformers|onnx/.test(path)).length);
    `;
    expect((await run(text)).out.trim()).toBe("0");
  });

  it.skipIf(part("native") === null)("takes native TensorFlow where it is, quietly", async () => {
    const { out, err } = await run(printBackend);
    expect(JSON.parse(out)).toEqual({
      name: "tfjs-node-gpu",
      describe: expect.stringMatching(
        /^tfjs-node-gpu 4\.\d+\.\d+, TensorFlow 2\.\d+\.\d+, (CPU, \d+ threads?|CUDA)$/,
      ),
      settings: expect.objectContaining({ TF_DETERMINISTIC_OPS: "1", NVIDIA_TF32_OVERRIDE: "0" }),
      grad: [6, 8],
    });
    expect(err).toBe("");
  });

  it.skipIf(part("native") === null)(
    "counts all threads where TensorFlow cannot read their number",
    async () => {
      const env = { TF_NUM_INTRAOP_THREADS: "77.5" };
      const { out } = await runScript(printBackend, import.meta.dirname, [], { env });
      expect(JSON.parse(out).describe).not.toContain("78 threads");
    },
  );

  it("falls back to wasm without native parts, quietly", async () => {
    const { out, err } = await run(printBackend, "--require", withoutNative);
    expect(JSON.parse(out)).toMatchObject({ name: "wasm", grad: [6, 8] });
    expect(err).toBe("");
  });

  it("ends in an error that says why and what to do, if the forced backend is not here", async () => {
    expect(await failForced("tfjs-node-gpu", "--require", withoutNative)).toBe(
      "ExpectedError: --backend tfjs-node-gpu could not be loaded: Cannot find module " +
        "'@tensorflow/tfjs-node-gpu'. To mend it: npm run native",
    );
  });

  it.each([
    ["tfjs-node", "npm install --no-save --ignore-scripts=false @tensorflow/tfjs-node"],
    ["webgpu", "npm install --no-save webgpu"],
    ["wasm", "npm install"],
  ] as const)("%s is mended by one command", (name, command) => {
    expect(toMend(name, new Error("Cannot find module"))).toBe(command);
    expect(toMend(name, withMend("no adapter", "another"))).toBe("another");
  });

  it.skipIf(part("webgpu") === null)("has every kernel of an encoder on webgpu", async () => {
    const { out } = await run(`
      const { openBackend } = await import("../src/backend/backend.ts");
      const { trainSmallEncoder } = await import("./small-encoder.ts");
      const { tf, name, adapter, passedOver } = await openBackend({ force: "webgpu" });
      tf.env().set("WEBGPU_CPU_FORWARD", false);
      const losses = { webgpu: await trainSmallEncoder(tf), backend: tf.getBackend() };
      await tf.setBackend("cpu");
      console.log(JSON.stringify({ name, adapter, ...losses, cpu: await trainSmallEncoder(tf) }));
    `);
    const { name, adapter, backend, webgpu, cpu } = JSON.parse(out.slice(out.indexOf("{")));
    expect([name, backend]).toEqual(["webgpu", "webgpu"]);
    expect(adapter).toMatch(/\w/);
    expect(cpu[4]).toBeLessThan(cpu[0]);
    for (const [step, loss] of cpu.entries())
      expect(Math.abs(webgpu[step] - loss), `step ${step}`).toBeLessThan(1e-5);
  });
});

describe("writeSettings", () => {
  it("fills in what is unset, keeps what the user has set, and tells all that is in force", () => {
    const env: Record<string, string | undefined> = {
      NVIDIA_TF32_OVERRIDE: "1",
      TF_NUM_INTRAOP_THREADS: "4",
      HOME: "/home/ada",
    };
    const filled = {
      TF_CPP_MIN_LOG_LEVEL: "2",
      TF_DETERMINISTIC_OPS: "1",
      TF_FORCE_GPU_ALLOW_GROWTH: "true",
      NVIDIA_TF32_OVERRIDE: "1",
      TF_ENABLE_ONEDNN_OPTS: "1",
      TF_NUM_INTRAOP_THREADS: "4",
    };
    expect(writeSettings(env)).toEqual(filled);
    expect(env).toEqual({ ...filled, HOME: "/home/ada" });
  });
});
