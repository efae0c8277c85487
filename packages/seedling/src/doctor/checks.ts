import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { availableParallelism, cpus, freemem, tmpdir, totalmem } from "node:os";
import { dirname, join } from "node:path";
import {
  type BackendName,
  backendNames,
  checkout,
  createFlags,
  type Env,
  ExpectedError,
  FlagError,
  isFolder,
  listModels,
  openers,
  openHubFiles,
  originalFiles,
  type projectFolders,
  readEndpoint,
  renderCount,
  resolvePath,
} from "@seedling/core/internal";
import { checkCuda, type Nvidia, type Probe } from "./probe.ts";

/**
 * What was found of one thing; a fault may have a mend of its own in place of the usual one. null: it is
 * nothing that can be had here.
 */
export type Finding = string | { fault: string; mend?: string } | null;

export interface DoctorCheck {
  what: string;
  /** Whether a run needs it: its fault is then "broken", else "absent". */
  needed?: boolean;
  check: (facts: Facts) => Finding | Promise<Finding>;
  /** The one command, or the one thing to do, that mends it; left out: it has no fault, or one that says so itself. */
  mend?: string;
}

export interface Facts {
  env: Env;
  fetch: typeof fetch;
  /** Whether a checkout of the project is at work, rather than its installed packages. */
  inCheckout: boolean;
  node: string;
  folders: Pick<typeof projectFolders, "benchmarks" | "models" | "sample">;
  probes: Record<BackendName, Probe>;
  nvidia: Nvidia;
}

const oldest = { major: 20, minor: 19 };

const moduleFolders = createRequire(import.meta.url).resolve.paths("node-llama-cpp") ?? [];

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
    check: () => `${renderGigabytes(totalmem())} GB, ${renderGigabytes(freemem())} GB free`,
  },
  {
    what: "cores",
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
    mend: `${checkout ? "" : "in a checkout of the project, "}npm run native -- --libtensorflow URL-OF-A-GPU-LIBRARY`,
    check: ({ nvidia, probes }) => checkCuda(nvidia, probes["tfjs-node-gpu"]),
  },
  {
    what: "hub",
    mend: "export HTTPS_PROXY=http://HOST:PORT (or HF_ENDPOINT=URL of a mirror)",
    check: checkHub,
  },
  {
    what: "OPENAI_API_KEY",
    mend: "export OPENAI_API_KEY=YOUR-KEY",
    // A key is never shown.
    check({ env: { OPENAI_API_KEY, OPENAI_BASE_URL }, inCheckout }) {
      if (OPENAI_API_KEY) return "set";
      if (OPENAI_BASE_URL) return "not set; OPENAI_BASE_URL may do without";
      const without = inCheckout ? "the bundled sample is replayed" : "no example is created";
      return { fault: `not set; without it ${without}` };
    },
  },
  {
    what: "OPENAI_BASE_URL",
    needed: true,
    check: checkServer,
  },
  {
    what: "sample",
    needed: true,
    mend: "git checkout -- data",
    check({ folders: { sample }, inCheckout }) {
      if (isFolder(sample)) return sample;
      return inCheckout ? { fault: `${sample} is not there` } : null;
    },
  },
  {
    what: "benchmarks",
    mend: "unset SEEDLING_DATA (they are then downloaded)",
    check: checkBenchmarks,
  },
  {
    what: "cached models",
    check({ folders: { models } }) {
      const files = isFolder(models)
        ? readdirSync(models, { recursive: true, encoding: "utf8" })
        : [];
      const configs = files.filter((file) => /^([^/]+\/){1,2}config\.json$/.test(file));
      return (
        configs.map(dirname).sort().join(", ") || `none in ${models}; a run downloads what it needs`
      );
    },
  },
  {
    what: "node-llama-cpp",
    mend: "npm install --no-save node-llama-cpp@3",
    // It is too large to load for a look.
    check: () =>
      moduleFolders.some((folder) => existsSync(join(folder, "node-llama-cpp")))
        ? "installed, for --model FILE.gguf"
        : { fault: "not installed; only --model FILE.gguf needs it" },
  },
];

/** Fetches a small file of the model that diverse and similar use, as a run does, into a folder that is then removed. */
async function checkHub({ env, fetch }: Facts): Promise<Finding> {
  const encoder = String(createFlags.similarityEncoder.initial);
  const modelsDir = mkdtempSync(join(tmpdir(), "seedling-doctor-"));
  const patience = { retryAfter: 1, idleAfter: 5_000 };
  try {
    const files = openHubFiles({ encoder, modelsDir, env, fetch, log: () => {}, ...patience });
    const found = await files.fetchOptional("config.json");
    return `${files.base} answers${found ? "" : `, without ${encoder}`}`;
  } catch (error) {
    if (!(error instanceof ExpectedError)) throw error;
    return { fault: error.message };
  } finally {
    rmSync(modelsDir, { recursive: true, force: true });
  }
}

/** Asks the server that answers a creation's requests, where one is named, for its models. */
async function checkServer({ env, fetch }: Facts): Promise<Finding> {
  if (!env.OPENAI_BASE_URL) return env.OPENAI_API_KEY ? "not set: OpenAI's own" : "not set";
  try {
    const endpoint = readEndpoint(env);
    const models = endpoint ? await listModels(endpoint, { fetch }) : [];
    return `${endpoint?.baseUrl} answers, with ${renderCount(models.length, "model")}`;
  } catch (error) {
    if (!(error instanceof FlagError)) throw error;
    return { fault: error.message };
  }
}

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

function renderGigabytes(bytes: number): string {
  return (bytes / 2 ** 30).toFixed(1);
}
