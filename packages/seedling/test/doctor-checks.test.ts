import { join } from "node:path";
import { type Env, originalFiles } from "@seedling/core/internal";
import { noNetwork, openServer, tempFolder } from "@seedling/testing";
import { describe, expect, it } from "vitest";
import { doctorChecks, type Facts } from "../src/doctor/checks.ts";
import { type Probe, parseNvidia } from "../src/doctor/probe.ts";
import { type DoctorRow, makeChecks, renderRows, renderVerdict } from "../src/doctor.ts";

const loads = (describe: string, device: "CUDA" | "WebGPU" | "CPU", tensorflow: string | null) =>
  ({ loads: true, describe, device, tensorflow }) as const;
const missing = { loads: false, reason: "Cannot find module", mend: "npm run x" } as const;

const wasm = loads("wasm 4.22.0, CPU, 1 thread", "CPU", null);
const none = { "tfjs-node-gpu": missing, "tfjs-node": missing, webgpu: missing, wasm };
const gone = { card: null, driverCuda: null, libraries: [] };

/** The rows whose names begin so, on a machine that has nothing but wasm and these. */
function check(what: string, facts: Partial<Facts>): Promise<DoctorRow[]> {
  const folders = { sample: "/none", benchmarks: "/none", models: "/none" };
  const bare = {
    env: {},
    fetch: noNetwork,
    inCheckout: true,
    node: "20.19.0",
    folders,
    nvidia: gone,
  };
  return makeChecks(
    doctorChecks.filter((one) => one.what.startsWith(what)),
    { ...bare, probes: none, ...facts },
  );
}

const fine = (what: string, found: string): DoctorRow => ({ what, state: "ok", found, mend: null });
const absent = (what: string, found: string, mend: string): DoctorRow => ({
  what,
  state: "absent",
  found,
  mend,
});

describe("Node", () => {
  it.each([
    ["20.18.3", "broken"],
    ["18.20.0", "broken"],
    ["20.19.0", "ok"],
    ["22.1.0", "ok"],
  ])("%s: %s", async (node, state) => {
    expect((await check("Node", { node }))[0]?.state).toBe(state);
  });
});

describe("a backend", () => {
  it("that does not load has its reason and what mends it; another is the one that runs take", async () => {
    expect(await check("backend", {})).toEqual([
      absent("backend tfjs-node-gpu", "Cannot find module", "npm run x"),
      absent("backend tfjs-node", "Cannot find module", "npm run x"),
      absent("backend webgpu", "Cannot find module", "npm run x"),
      fine("backend wasm", "wasm 4.22.0, CPU, 1 thread; runs take this one"),
    ]);
  });

  it("webgpu does not count as taken, since it is only taken by force", async () => {
    const webgpu = loads("webgpu 4.22.0", "WebGPU", null);
    const found = await check("backend", { probes: { ...none, webgpu } });
    expect(found.map(({ found }) => found).slice(2)).toEqual([
      "webgpu 4.22.0; taken by --backend webgpu",
      "wasm 4.22.0, CPU, 1 thread; runs take this one",
    ]);
  });

  it("wasm is broken if it does not load", async () => {
    const rows = await check("backend", { probes: { ...none, wasm: missing } });
    expect(rows.at(-1)?.state).toBe("broken");
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
    ["2.9.1", "TensorFlow 2.9.1 wants CUDA 11.2 and cuDNN 8.1"],
    ["2.15.1", "TensorFlow 2.15.1 wants CUDA 12.2 and cuDNN 8.9"],
    ["3.0.0", "which CUDA TensorFlow 3.0.0 wants is not known here"],
  ])("wanted by TensorFlow %s", async (version, want) => {
    const probe = loads("x", "CPU", version);
    const [row] = await check("CUDA", { probes: { ...none, "tfjs-node-gpu": probe } });
    expect(row?.found).toBe(`no NVIDIA card with a driver; ${want}`);
  });

  const nvidia = { card, driverCuda: "12.2", libraries: ["12"] };
  it.each<[string, typeof nvidia | typeof gone, Probe, DoctorRow["state"], RegExp]>([
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
  ])("%s", async (_, nvidia, probe, state, text) => {
    const [row] = await check("CUDA", { nvidia, probes: { ...none, "tfjs-node-gpu": probe } });
    expect(row?.state).toBe(state);
    expect(row?.found).toMatch(text);
    expect(row?.mend === null).toBe(state === "ok");
    expect(row?.mend ?? "npm run").toMatch(/^(npm run|sudo apt-get install)/);
  });
});

describe("the network", () => {
  /** A hub and a server of the user's own, whose models page has this status. */
  async function checkNetwork(env: Env, status = 200): Promise<DoctorRow[]> {
    const url = await openServer((request, response) => {
      const open = request.headers.authorization === "Bearer sk-secret-key-1";
      const page = request.url === "/v1/models" ? (open ? 200 : status) : 404;
      response.writeHead(request.url?.endsWith("/resolve/main/config.json") ? 200 : page);
      response.end('{"data": [{"id": "only"}]}');
    });
    const named = Object.entries(env).map(([name, value]) => [name, value?.replace("URL", url)]);
    const facts = { env: Object.fromEntries(named), fetch };
    return [...(await check("hub", facts)), ...(await check("OPENAI", facts))];
  }
  const states = (rows: DoctorRow[]) => rows.map(({ state }) => state);

  it("finds a hub and a server that answer", async () => {
    const rows = await checkNetwork({ HF_ENDPOINT: "URL", OPENAI_BASE_URL: "URL/v1" });
    expect(states(rows)).toEqual(["ok", "ok", "ok"]);
    expect(rows[2]?.found).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/v1 answers, with 1 model$/);
  });

  it("sends the key to the server and never shows it", async () => {
    const env = {
      HF_ENDPOINT: "URL",
      OPENAI_BASE_URL: "URL/v1",
      OPENAI_API_KEY: "sk-secret-key-1",
    };
    const rows = await checkNetwork(env, 401);
    expect(states(rows)).toEqual(["ok", "ok", "ok"]);
    expect(JSON.stringify(rows)).not.toContain("secret");
  });

  it.each<[string, Env, number, RegExp]>([
    [
      "a refused key",
      { OPENAI_BASE_URL: "URL/v1" },
      401,
      /status 401; set OPENAI_API_KEY to a key that it accepts$/,
    ],
    ["no such page", { OPENAI_BASE_URL: "URL/v2" }, 200, /status 404; start the server/],
    [
      "no server",
      { OPENAI_BASE_URL: "http://127.0.0.1:9/v1" },
      200,
      /does not list its models: .*; start the server/,
    ],
    ["no URL", { OPENAI_BASE_URL: "localhost" }, 200, /expected a URL such as http:/],
  ])(
    "calls a server broken that fails, in words that say what to do: %s",
    async (_, env, status, found) => {
      const row = (await checkNetwork({ ...env, HF_ENDPOINT: "URL" }, status))[2];
      expect(row).toEqual({
        what: "OPENAI_BASE_URL",
        state: "broken",
        found: expect.stringMatching(found),
        mend: null,
      });
    },
  );

  const model = "Xenova/all-mpnet-base-v2";
  it.each<[string, number, string, Env, string, RegExp]>([
    ["a mirror's model", 200, "{}", {}, "ok", /^URL answers$/],
    ["a mirror without it", 404, "", {}, "ok", new RegExp(`^URL answers, without ${model}$`)],
    [
      "a page",
      200,
      "<html>log in</html>",
      {},
      "absent",
      /gave another file as config.json: expected JSON, got a page/,
    ],
    ["a closed door", 401, "", {}, "absent", /status 401\): check the id, or set HF_TOKEN/],
    [
      "a refused token",
      401,
      "",
      { HF_TOKEN: "hf_12345678" },
      "absent",
      /HF_TOKEN is set, but its owner/,
    ],
    ["a fault", 503, "", {}, "absent", /could not be fetched from URL: status 503/],
    ["no URL", 200, "{}", { HF_ENDPOINT: "hub" }, "absent", /^HF_ENDPOINT: expected a URL/],
  ])("asks the hub what a run asks: %s", async (_, status, body, env, state, found) => {
    const asked: string[] = [];
    const url = await openServer((request, response) => {
      asked.push(`${request.method} ${request.url} ${request.headers.authorization ?? ""}`);
      response.writeHead(status).end(body);
    });
    const [row] = await check("hub", { env: { HF_ENDPOINT: `${url}/mirror/`, ...env }, fetch });
    expect(row?.state).toBe(state);
    expect(row?.found.replaceAll(`${url}/mirror`, "URL")).toMatch(found);
    const token = env.HF_TOKEN ? `Bearer ${env.HF_TOKEN}` : "";
    const request = `GET /mirror/${model}/resolve/main/config.json ${token}`;
    expect(new Set(asked)).toEqual(new Set(env.HF_ENDPOINT ? [] : [request]));
  });

  it("can do without a hub, a key and a server", async () => {
    expect(states(await checkNetwork({ HF_ENDPOINT: "http://127.0.0.1:9" }))).toEqual([
      "absent",
      "absent",
      "ok",
    ]);
  });
});

describe("files", () => {
  const files = originalFiles;
  const checkFiles = async (env: Env, content: Record<string, string>) => {
    const folder = tempFolder({ "sample/SAMPLE.md": "", ...content });
    const folders = {
      sample: join(folder, "sample"),
      benchmarks: join(folder, "benchmarks"),
      models: join(folder, "models"),
    };
    const facts = { env: { TURBO_INVOCATION_DIR: folder, ...env }, folders };
    const names = ["sample", "benchmarks", "cached models"];
    return (await Promise.all(names.map((name) => check(name, facts)))).flat();
  };

  it("the benchmarks' files are counted and the models named", async () => {
    const all = Object.fromEntries(files.map((file) => [`benchmarks/${file}`, ""]));
    const rows = await checkFiles(
      {},
      {
        ...all,
        "models/Xenova/all-MiniLM-L6-v2/config.json": "{}",
        "models/roberta-base/config.json": "{}",
      },
    );
    expect(rows.map(({ state }) => state)).toEqual(["ok", "ok", "ok"]);
    expect(rows[1]?.found).toMatch(/^30 of 30 files in /);
    expect(rows[2]?.found).toBe("Xenova/all-MiniLM-L6-v2, roberta-base");
  });

  it("that a folder of the user's own lacks are named", async () => {
    const rows = await checkFiles({ SEEDLING_DATA: "mine" }, { [`mine/${files[0]}`]: "" });
    expect(rows[1]).toMatchObject({
      state: "absent",
      found: expect.stringContaining(`(SEEDLING_DATA); missing: ${files[1]}, ${files[2]}, ...`),
    });
  });

  it("of benchmarks are not needed where a run downloads them, those of the sample everywhere", async () => {
    const rows = await checkFiles({}, {});
    expect(rows[1]).toMatchObject({ state: "ok", found: expect.stringMatching(/^0 of 30 files/) });
    expect((await check("sample", {}))[0]).toMatchObject({
      state: "broken",
      mend: "git checkout -- data",
    });
  });

  it("of the sample are no matter of packages that are installed elsewhere", async () => {
    expect(await check("sample", { inCheckout: false })).toEqual([]);
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

  it.each<[string, DoctorRow[]]>([
    ["Everything is here.", [fine("Node", "")]],
    ["What a run needs is here; 1 of 3 are absent, which runs can do without.", rows],
    ["A run needs Node: mend that first.", [...rows, { ...fine("Node", ""), state: "broken" }]],
  ])("come to: %s", (verdict, given) => {
    expect(renderVerdict(given)).toBe(verdict);
  });
});
