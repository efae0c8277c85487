import { join } from "node:path";
import { type Env, originalFiles, type Probe, toCuda } from "@seedling/core/internal";
import { openServer, tempFolder } from "@seedling/testing";
import { describe, expect, it } from "vitest";
import { checkBackends, type Probes } from "../src/doctor/check-backends.ts";
import { checkCuda, parseNvidia } from "../src/doctor/check-cuda.ts";
import { checkFiles } from "../src/doctor/check-files.ts";
import { checkNode } from "../src/doctor/check-machine.ts";
import { checkNetwork } from "../src/doctor/check-network.ts";
import { renderRows, renderVerdict } from "../src/doctor/render-rows.ts";
import { absent, broken, fine, type Row } from "../src/doctor/row.ts";

const loads = (describe: string, device: "CUDA" | "WebGPU" | "CPU", tensorflow: string | null) =>
  ({ loads: true, describe, device, tensorflow }) as const;
const missing = { loads: false, reason: "Cannot find module", mend: "npm run x" } as const;

describe("checkNode", () => {
  it.each([
    ["20.18.3", "broken"],
    ["18.20.0", "broken"],
    ["20.19.0", "ok"],
    ["22.1.0", "ok"],
  ])("Node %s: %s", (version, state) => {
    expect(checkNode(version).state).toBe(state);
  });
});

describe("checkBackends", () => {
  const wasm = loads("wasm 4.22.0, CPU, 1 thread", "CPU", null);
  const none: Probes = { "tfjs-node-gpu": missing, "tfjs-node": missing, webgpu: missing, wasm };

  it("says why one does not load, what mends it, and which one runs take", () => {
    expect(checkBackends(none)).toEqual([
      absent("backend tfjs-node-gpu", "Cannot find module", "npm run x"),
      absent("backend tfjs-node", "Cannot find module", "npm run x"),
      absent("backend webgpu", "Cannot find module", "npm run x"),
      fine("backend wasm", "wasm 4.22.0, CPU, 1 thread; runs take this one"),
    ]);
  });

  it("does not count webgpu as taken, since it is only taken by force", () => {
    const found = checkBackends({ ...none, webgpu: loads("webgpu 4.22.0", "WebGPU", null) });
    expect(found.map(({ found }) => found).slice(2)).toEqual([
      "webgpu 4.22.0; taken by --backend webgpu",
      "wasm 4.22.0, CPU, 1 thread; runs take this one",
    ]);
  });

  it("calls wasm broken if it does not load", () => {
    expect(checkBackends({ ...none, wasm: missing }).at(-1)?.state).toBe("broken");
  });
});

describe("CUDA", () => {
  const card = "NVIDIA A100-SXM4-40GB, 40960 MiB, 535.104.05";
  const report = "| NVIDIA-SMI 535.104.05  Driver Version: 535.104.05  CUDA Version: 12.2     |";
  const listed = `
	libcudart.so.12 (libc6,x86-64) => /usr/local/cuda/lib64/libcudart.so.12
	libcudart.so.11.0 (libc6,x86-64) => /usr/local/cuda-11/lib64/libcudart.so.11.0
	libcudart.so.12 (libc6,x86-64) => /opt/lib/libcudart.so.12`;

  it("is read from what the driver and the loader print", () => {
    expect(parseNvidia(`${card}\n`, report, listed)).toEqual({
      card,
      driverCuda: "12.2",
      libraries: ["11.0", "12"],
    });
    expect(parseNvidia("", "", "")).toEqual({ card: null, driverCuda: null, libraries: [] });
  });

  it.each([
    ["2.9.1", { cuda: "11.2", cudnn: "8.1" }],
    ["2.15.1", { cuda: "12.2", cudnn: "8.9" }],
    ["3.0.0", null],
  ])("wanted by TensorFlow %s", (version, expected) => {
    expect(toCuda(version)).toEqual(expected);
  });

  const nvidia = { card, driverCuda: "12.2", libraries: ["12"] };
  const gone = { card: null, driverCuda: null, libraries: [] };
  it.each<[string, typeof nvidia | typeof gone, Probe, Row["state"], RegExp]>([
    [
      "no card",
      gone,
      missing,
      "absent",
      /no NVIDIA card with a driver; TensorFlow 2.9.1 wants CUDA 11.2/,
    ],
    [
      "in use",
      nvidia,
      loads("x", "CUDA", "2.15.1"),
      "ok",
      /A100.*up to 12.2.*found: 12; TensorFlow 2.15.1 wants CUDA 12.2/,
    ],
    [
      "unused",
      nvidia,
      loads("x", "CPU", "2.15.1"),
      "absent",
      /TensorFlow runs on the CPU all the same$/,
    ],
    ["no binding", nvidia, missing, "absent", /tfjs-node-gpu does not load$/],
  ])("%s", (_, found, probe, state, text) => {
    const row = checkCuda(found, probe);
    expect(row.state).toBe(state);
    expect(row.found).toMatch(text);
    expect(row.mend === null).toBe(state === "ok");
    expect(row.mend ?? "npm run").toMatch(/^(npm run|sudo apt-get install)/);
  });
});

describe("checkNetwork", () => {
  /** A hub and a server of the user's own, whose models page has this status. */
  async function check(env: Env, status = 200): Promise<Row[]> {
    const url = await openServer((request, response) => {
      const open = request.headers.authorization === "Bearer sk-secret-key-1";
      const page = request.url === "/v1/models" ? (open ? 200 : status) : 404;
      response.writeHead(request.url === "/" && request.method === "HEAD" ? 200 : page).end();
    });
    const named = Object.entries(env).map(([name, value]) => [name, value?.replace("URL", url)]);
    return checkNetwork({ env: Object.fromEntries(named), fetch, seconds: 5 });
  }
  const states = (rows: Row[]) => rows.map(({ state }) => state);

  it("finds a hub and a server that answer", async () => {
    const rows = await check({ HF_ENDPOINT: "URL", OPENAI_BASE_URL: "URL/v1" });
    expect(states(rows)).toEqual(["ok", "ok", "ok"]);
    expect(rows[2]?.found).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/v1\/models answers$/);
  });

  it("sends the key to the server and never shows it", async () => {
    const env = {
      HF_ENDPOINT: "URL",
      OPENAI_BASE_URL: "URL/v1",
      OPENAI_API_KEY: "sk-secret-key-1",
    };
    const rows = await check(env, 401);
    expect(states(rows)).toEqual(["ok", "ok", "ok"]);
    expect(JSON.stringify(rows)).not.toContain("secret");
  });

  it.each<[string, Env, number, RegExp, string]>([
    [
      "a refused key",
      { OPENAI_BASE_URL: "URL/v1" },
      401,
      /refuses the key/,
      "export OPENAI_API_KEY=YOUR-KEY",
    ],
    [
      "no such page",
      { OPENAI_BASE_URL: "URL/v2" },
      200,
      /status 404/,
      "export OPENAI_BASE_URL=http://HOST:PORT/v1",
    ],
    [
      "no server",
      { OPENAI_BASE_URL: "http://127.0.0.1:9/v1" },
      200,
      /does not answer/,
      "unset OPENAI_BASE_URL (or start the server)",
    ],
    [
      "no URL",
      { OPENAI_BASE_URL: "localhost" },
      200,
      /expected a URL/,
      "export OPENAI_BASE_URL=http://HOST:PORT/v1",
    ],
  ])("calls a server that is named and fails broken: %s", async (_, env, status, found, mend) => {
    const row = (await check({ ...env, HF_ENDPOINT: "URL" }, status))[2];
    expect(row).toEqual(broken("OPENAI_BASE_URL", expect.stringMatching(found), mend));
  });

  it("can do without a hub, a key and a server", async () => {
    expect(states(await check({ HF_ENDPOINT: "http://127.0.0.1:9" }))).toEqual([
      "absent",
      "absent",
      "ok",
    ]);
  });
});

describe("checkFiles", () => {
  const files = originalFiles;
  const check = (env: Env, content: Record<string, string>) => {
    const folder = tempFolder({ "sample/SAMPLE.md": "", ...content });
    const folders = { sample: "sample", benchmarks: "benchmarks", models: "models" } as const;
    const named = Object.entries(folders).map(([name, path]) => [name, join(folder, path)]);
    return checkFiles({ TURBO_INVOCATION_DIR: folder, ...env }, Object.fromEntries(named));
  };

  it("counts the benchmarks' files and names the models", () => {
    const all = Object.fromEntries(files.map((file) => [`benchmarks/${file}`, ""]));
    const rows = check({}, { ...all, "models/Xenova/all-MiniLM-L6-v2/config.json": "{}" });
    expect(rows.slice(0, 3).map(({ state }) => state)).toEqual(["ok", "ok", "ok"]);
    expect(rows[1]?.found).toMatch(/^30 of 30 files in /);
    expect(rows[2]?.found).toBe("Xenova/all-MiniLM-L6-v2");
  });

  it("says what a folder of the user's own lacks", () => {
    const rows = check({ SEEDLING_DATA: "mine" }, { [`mine/${files[0]}`]: "" });
    expect(rows[1]).toMatchObject({
      state: "absent",
      found: expect.stringContaining(`(SEEDLING_DATA); missing: ${files[1]}, ${files[2]}, ...`),
    });
  });

  it("needs no benchmark where a run downloads it, and the sample everywhere", () => {
    const rows = check({}, {});
    expect(rows[1]).toMatchObject({ state: "ok", found: expect.stringMatching(/^0 of 30 files/) });
    const none = { sample: "/none", benchmarks: "/none", models: "/none" };
    expect(checkFiles({}, none)[0]).toMatchObject({
      state: "broken",
      mend: "git checkout -- data",
    });
  });
});

describe("rows", () => {
  const rows = [
    fine("Node", "20.20.2"),
    absent("hub", "no answer", "export X"),
    fine("cores", "2"),
  ];

  it("become a table, what mends a row below it", () => {
    expect(renderRows(rows)).toEqual([
      "ok      Node   20.20.2",
      "absent  hub    no answer",
      "               to mend it: export X",
      "ok      cores  2",
    ]);
  });

  it.each<[string, Row[]]>([
    ["Everything is here.", [fine("Node", "")]],
    ["What a run needs is here; 1 of 3 are absent, which runs can do without.", rows],
    ["A run needs Node: mend that first.", [...rows, broken("Node", "", "")]],
  ])("come to: %s", (verdict, given) => {
    expect(renderVerdict(given)).toBe(verdict);
  });
});
