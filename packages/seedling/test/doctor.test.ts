import { execFile } from "node:child_process";
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { backendNames, repository } from "@seedling/core/internal";
import { findEntry, runProgram, runScript, tempFolder, withoutNative } from "@seedling/testing";
import { describe, expect, it } from "vitest";
import { probeBackend, runParity } from "../src/doctor/probe.ts";
import { doctor } from "../src/doctor.ts";

const loads = (describe: string, device: "CUDA" | "WebGPU" | "CPU", tensorflow: string | null) =>
  ({ loads: true, describe, device, tensorflow }) as const;

describe("probeBackend", () => {
  it("loads a backend in a process of its own", async () => {
    expect(await probeBackend("wasm", process.env)).toEqual(
      loads(expect.stringMatching(/^wasm 4\.\d+\.\d+, CPU, 1 thread$/), "CPU", null),
    );
  });

  it("says why one does not load", async () => {
    const hide = `--require ${withoutNative}`;
    expect(await probeBackend("tfjs-node-gpu", { ...process.env, NODE_OPTIONS: hide })).toEqual({
      loads: false,
      reason: "Cannot find module '@tensorflow/tfjs-node-gpu'",
      mend: "npm run native",
    });
  });

  it("survives one that crashes", async () => {
    const folder = tempFolder({ "crash.cjs": 'process.kill(process.pid, "SIGSEGV")' });
    const env = { ...process.env, NODE_OPTIONS: `--require ${join(folder, "crash.cjs")}` };
    expect(await probeBackend("tfjs-node", env)).toMatchObject({
      loads: false,
      reason: expect.stringMatching(/^its process ended with SIGSEGV/),
    });
  });
});

describe("parity", () => {
  it("runs a test file on the backend that is named", async () => {
    const folder = tempFolder({
      "test/parity.test.mjs": `import { expect, it } from "vitest";
        it("knows its backend", () => expect(process.env.SEEDLING_TEST_BACKEND).toBe("wasm"));`,
    });
    symlinkSync(join(repository, "node_modules"), join(folder, "node_modules"));
    const verdict = await runParity("wasm", process.env, join(folder, "test/parity.test.mjs"));
    expect(verdict.agrees).toBe(true);
    expect(verdict.line).toMatch(
      /^wasm .*: agrees with PyTorch's numbers\. It runs on the CPU: this says nothing about a card$/,
    );
  });

  it.each([
    ["a test fails", `it("differs", () => expect(1).toBe(2));`, "differs"],
    ["nothing can be tested", `throw new Error("no numbers");`, "no numbers"],
    ["there is no test", "", "No test"],
    ["every test is skipped", `it.skip("compares", () => expect(1).toBe(1));`, "1 skipped"],
  ])("shows why, and claims nothing good, where %s", async (_, test, shown) => {
    const folder = tempFolder({
      "test/parity.test.mjs": `import { expect, it } from "vitest";\n${test}`,
    });
    symlinkSync(join(repository, "node_modules"), join(folder, "node_modules"));
    const call = `import { runParity } from "../src/doctor/probe.ts";
      console.log((await runParity("wasm", process.env, ${JSON.stringify(join(folder, "test/parity.test.mjs"))})).line);`;
    const { out, err } = await runScript(call, import.meta.dirname);
    expect(out + err).toContain(shown);
    expect(out).toMatch(
      /does NOT agree with PyTorch's numbers, or could not be tested \(above\)\n$/,
    );
  });

  it("says what to do where the backend does not load", async () => {
    const hide = `--require ${withoutNative}`;
    await expect(runParity("tfjs-node", { ...process.env, NODE_OPTIONS: hide })).rejects.toThrow(
      /^tfjs-node does not load: .* To mend it: npm install --no-save/,
    );
  });
});

describe("doctor", () => {
  it("prints a row for everything and ends with 1 where a named server is broken", async () => {
    const { code, out, err } = await runProgram(doctor, [], {
      env: {
        ...(process.env as Record<string, string>),
        HF_ENDPOINT: "http://127.0.0.1:9",
        OPENAI_BASE_URL: "http://127.0.0.1:9/v1",
        OPENAI_API_KEY: "sk-secret-key-2",
      },
      fetch: globalThis.fetch,
    });
    expect(err).toBe("");
    for (const name of backendNames)
      expect(out).toMatch(new RegExp(`^\\w+ +backend ${name} `, "m"));
    for (const what of ["Node", "memory", "cores", "CUDA", "hub", "benchmarks", "node-llama-cpp"])
      expect(out).toMatch(new RegExp(`^(ok|absent|broken) +${what} `, "m"));
    expect(out.trim().split("\n").at(-1)).toBe("A run needs OPENAI_BASE_URL: mend that first.");
    expect(out).not.toContain("secret");
    expect(code).toBe(1);
  });

  it.each([
    [["--backend", "wasm"], "--backend names what --gpu tests"],
    [["--gpu", "--backend", "cpu"], "Allowed choices are tfjs-node-gpu, tfjs-node, webgpu, wasm"],
    [["--all"], "unknown option '--all'"],
  ])("refuses %j", async (args, message) => {
    const { code, err } = await runProgram(doctor, args);
    expect(code).toBe(2);
    expect(err).toContain(message);
  });

  it("has a help text", async () => {
    expect((await runProgram(doctor, ["--help"])).out).toContain("--gpu");
  });

  it("ends quietly when its reader has enough", async () => {
    const command = `"${process.execPath}" "${findEntry("seedling")}" doctor | true`;
    const { stderr } = await promisify(execFile)("bash", ["-o", "pipefail", "-c", command], {
      cwd: repository,
      env: { ...process.env, HF_ENDPOINT: "http://127.0.0.1:9", OPENAI_BASE_URL: "" },
      timeout: 60_000,
    });
    expect(stderr).toBe("");
  });
});
