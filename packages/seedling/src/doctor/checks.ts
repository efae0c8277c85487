import { existsSync, readdirSync } from "node:fs";
import { availableParallelism, cpus, freemem, totalmem } from "node:os";
import { join } from "node:path";
import {
  type BackendName,
  backendNames,
  type Env,
  isFolder,
  openers,
  originalFiles,
  type projectFolders,
  repository,
  resolvePath,
} from "@seedling/core/internal";
import { checkCuda, type Nvidia } from "./cuda.ts";
import { checkHub, checkServer } from "./network.ts";
import type { Probe } from "./probe.ts";

/** What was found of one thing; a fault may have a mend of its own in place of the usual one. */
export type Finding = string | { fault: string; mend?: string };

/** One thing that a run can use. */
export interface DoctorCheck {
  what: string;
  /** Whether a run needs it: its fault is then "broken", else "absent". */
  needed: boolean;
  check: (facts: Facts) => Finding | Promise<Finding>;
  /** The one command, or the one thing to do, that mends it. */
  mend: string;
}

/** What the checks look at. */
export interface Facts {
  env: Env;
  fetch: typeof fetch;
  /** The longest wait for a server. */
  seconds: number;
  /** Node's version, such as "20.20.2". */
  node: string;
  folders: Pick<typeof projectFolders, "benchmarks" | "models" | "sample">;
  /** What came of loading each backend. */
  probes: Record<BackendName, Probe>;
  nvidia: Nvidia;
}

/** The oldest Node that this runs on. */
const oldest = { major: 20, minor: 19 };

/** Everything that `npm run doctor` looks at, in its order. */
export const doctorChecks: DoctorCheck[] = [
  {
    what: "Node",
    needed: true,
    mend: "nvm install --lts",
    check({ node }) {
      const [major = 0, minor = 0] = node.split(".").map(Number);
      if (major > oldest.major || (major === oldest.major && minor >= oldest.minor)) return node;
      return { fault: `${node}; ${oldest.major}.${oldest.minor} or later is needed` };
    },
  },
  {
    what: "memory",
    needed: false,
    mend: "",
    check: () => `${renderGigabytes(totalmem())} GB, ${renderGigabytes(freemem())} GB free`,
  },
  {
    what: "cores",
    needed: false,
    mend: "",
    check() {
      const model = cpus()[0]?.model.trim();
      return `${availableParallelism()}${model ? ` (${model})` : ""}`;
    },
  },
  ...backendNames.map(
    (name): DoctorCheck => ({
      what: `backend ${name}`,
      needed: name === "wasm",
      mend: openers[name].mend,
      check: ({ probes }) => checkBackend(name, probes),
    }),
  ),
  {
    what: "CUDA",
    needed: false,
    mend: "npm run native -- --libtensorflow URL-OF-A-GPU-LIBRARY",
    check: ({ nvidia, probes }) => checkCuda(nvidia, probes["tfjs-node-gpu"]),
  },
  {
    what: "hub",
    needed: false,
    mend: "export HTTPS_PROXY=http://HOST:PORT (or HF_ENDPOINT=URL of a mirror)",
    check: checkHub,
  },
  {
    what: "OPENAI_API_KEY",
    needed: false,
    mend: "export OPENAI_API_KEY=YOUR-KEY",
    // A key is never shown.
    check({ env: { OPENAI_API_KEY, OPENAI_BASE_URL } }) {
      if (OPENAI_API_KEY) return "set";
      if (OPENAI_BASE_URL) return "not set; OPENAI_BASE_URL may do without";
      return { fault: "not set; without it the bundled sample is replayed" };
    },
  },
  {
    what: "OPENAI_BASE_URL",
    needed: true,
    mend: "export OPENAI_BASE_URL=http://HOST:PORT/v1",
    check: checkServer,
  },
  {
    what: "sample",
    needed: true,
    mend: "git checkout -- data",
    check: ({ folders: { sample } }) =>
      isFolder(sample) ? sample : { fault: `${sample} is not there` },
  },
  {
    what: "benchmarks",
    needed: false,
    mend: "unset SEEDLING_DATA (they are then downloaded)",
    check: checkBenchmarks,
  },
  {
    what: "cached models",
    needed: false,
    mend: "",
    check({ folders: { models } }) {
      const names = isFolder(models) ? listModels(models) : [];
      return names.join(", ") || `none in ${models}; a run downloads what it needs`;
    },
  },
  {
    what: "node-llama-cpp",
    needed: false,
    mend: "npm install --no-save node-llama-cpp@3",
    // It is too large to load for a look.
    check: () =>
      existsSync(join(repository, "node_modules/node-llama-cpp/package.json"))
        ? "installed, for --model FILE.gguf"
        : { fault: "not installed; only --model FILE.gguf needs it" },
  },
];

/** The first backend that loads and that no flag must ask for is the one that runs take. */
function checkBackend(name: BackendName, probes: Facts["probes"]): Finding {
  const probe = probes[name];
  if (!probe.loads) return { fault: probe.reason, mend: probe.mend };
  const taken = backendNames.find((other) => probes[other].loads && !openers[other].onlyForced);
  if (name === taken) return `${probe.describe}; runs take this one`;
  return `${probe.describe}${openers[name].onlyForced ? `; taken by --backend ${name}` : ""}`;
}

function checkBenchmarks({ env, folders }: Facts): Finding {
  const { SEEDLING_DATA, ...rest } = env;
  const folder = SEEDLING_DATA ? resolvePath(SEEDLING_DATA, rest) : folders.benchmarks;
  const missing = originalFiles.filter((file) => !existsSync(join(folder, file)));
  const count = originalFiles.length;
  const found = `${count - missing.length} of ${count} files in ${folder}`;
  if (missing.length === 0) return found;
  if (!SEEDLING_DATA) return `${found}; a run downloads what it needs`;
  const names = missing.slice(0, 2).join(", ");
  return {
    fault: `${found} (SEEDLING_DATA); missing: ${names}${missing.length > 2 ? ", ..." : ""}`,
  };
}

/** The hub's ids of the models in a folder: owner/model. */
function listModels(folder: string): string[] {
  const list = (path: string) =>
    readdirSync(path, { withFileTypes: true }).flatMap((one) =>
      one.isDirectory() ? [one.name] : [],
    );
  return list(folder)
    .flatMap((owner) => list(join(folder, owner)).map((model) => `${owner}/${model}`))
    .sort();
}

function renderGigabytes(bytes: number): string {
  return (bytes / 2 ** 30).toFixed(1);
}
