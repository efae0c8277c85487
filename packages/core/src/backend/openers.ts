import { createRequire } from "node:module";
import { availableParallelism } from "node:os";
import { dirname } from "node:path";
import util from "node:util";
import { checkout, type Env } from "../logs/paths.ts";
import { toMessage } from "../messages/errors.ts";

/** Everything tfjs offers, gradients included (tfjs-core alone registers none). */
export type Tf = typeof import("@tensorflow/tfjs");

/** Every backend, best first. */
export const backendNames = ["tfjs-node-gpu", "tfjs-node", "webgpu", "wasm"] as const;

export type BackendName = (typeof backendNames)[number];

/** A backend that has loaded, and its description. */
export interface Opened {
  tf: Tf;
  /** The version of TensorFlow's own library, or null on a backend without it. */
  tensorflow: string | null;
  /** CUDA and WebGPU: a graphics card; CPU: also where such a backend found no card. */
  device: "CUDA" | "WebGPU" | "CPU";
  adapter: string | null;
  /** Threads that one operation may use, or null where a card does the work. */
  threads: number | null;
  /** Environment variables that were in force as TensorFlow loaded; none on another backend. */
  settings: Record<string, string>;
}

/** tfjs and its backends are CommonJS, and import() wraps such modules differently under tsx and vitest. */
const requireTfjs = createRequire(import.meta.url);

/** An error of a backend that another command mends than the usual one. */
export function withMend(message: string, mend: string): Error {
  return Object.assign(new Error(message), { mend });
}

interface Opener {
  open: (env: Env) => Promise<Opened>;
  /** The command that brings what it needs. */
  mend: string;
  /** Whether it is taken only when asked for. */
  onlyForced?: true;
}

export const openers: Record<BackendName, Opener> = {
  "tfjs-node-gpu": {
    open: (env) => openNative("@tensorflow/tfjs-node-gpu", env),
    mend: checkout
      ? "npm run native"
      : "npm rebuild --ignore-scripts=false @tensorflow/tfjs-node-gpu",
  },
  "tfjs-node": {
    open: (env) => openNative("@tensorflow/tfjs-node", env),
    mend: "npm install --no-save --ignore-scripts=false @tensorflow/tfjs-node",
  },
  webgpu: { open: openWebgpu, mend: "npm install --no-save webgpu", onlyForced: true },
  wasm: { open: openWasm, mend: "npm install" },
};

/** The reason that a backend did not load, in one line. */
export function toReason(error: unknown): string {
  return (toMessage(error).split("\n")[0] ?? "").trim().replace(/[.:]$/, "");
}

export function toMend(name: BackendName, error: unknown): string {
  return (error as { mend?: string }).mend ?? openers[name].mend;
}

const wasmPackage = "@tensorflow/tfjs-backend-wasm";

/** Starts WebAssembly, which runs everywhere; in Node on one thread. */
async function openWasm(): Promise<Opened> {
  const tf: Tf = requireTfjs("@tensorflow/tfjs");
  const wasm: typeof import("@tensorflow/tfjs-backend-wasm") = requireTfjs(wasmPackage);
  wasm.setWasmPaths(`${dirname(requireTfjs.resolve(wasmPackage))}/`);
  if (!(await tf.setBackend("wasm"))) throw new Error("tfjs could not start its wasm backend");
  return { tf, tensorflow: null, device: "CPU", adapter: null, threads: 1, settings: {} };
}

/** Properties of tfjs-node's backend that its type in tfjs lacks. */
type NativeBackend = ReturnType<Tf["backend"]> & {
  binding?: { TF_Version?: string };
  isUsingGpuDevice?: boolean;
};

/** Loads TensorFlow's own library. Throws if the package or its native part is missing. */
async function openNative(packageName: string, env: Env): Promise<Opened> {
  // Node 23 removed this function and tfjs-node 4.22 still calls it.
  const legacy: { isNullOrUndefined?: unknown } = util;
  legacy.isNullOrUndefined ??= (value: unknown) => value === null || value === undefined;
  const settings = writeSettings(env);
  const tf: Tf = requireTfjs(packageName);
  await tf.setBackend("tensorflow");
  const backend = tf.backend() as NativeBackend;
  const onCard = backend.isUsingGpuDevice === true;
  const asked = Number(env.TF_NUM_INTRAOP_THREADS);
  return {
    tf,
    tensorflow: backend.binding?.TF_Version ?? null,
    device: onCard ? "CUDA" : "CPU",
    adapter: null,
    // All cores that the process may use, unless this variable sets another number.
    threads: onCard ? null : asked > 0 && Number.isInteger(asked) ? asked : availableParallelism(),
    settings,
  };
}

/** Settings that make TensorFlow quiet, repeatable and considerate to others on the card. */
const defaults: Record<string, string> = {
  TF_CPP_MIN_LOG_LEVEL: "2",
  TF_DETERMINISTIC_OPS: "1",
  TF_FORCE_GPU_ALLOW_GROWTH: "true",
  NVIDIA_TF32_OVERRIDE: "0",
  // Products of small matrices take two thirds of the time (seen on two cores with AVX2).
  TF_ENABLE_ONEDNN_OPTS: "1",
};

/** Other settings that change speed or the last digits, if the user sets them. */
const users = [
  "CUDA_VISIBLE_DEVICES",
  "OMP_NUM_THREADS",
  "TF_ENABLE_ONEDNN_OPTS",
  "TF_NUM_INTEROP_THREADS",
  "TF_NUM_INTRAOP_THREADS",
];

/**
 * Writes TensorFlow's settings where the user has set none; they count only before it loads.
 * @returns every setting that is in force
 */
export function writeSettings(env: Env): Record<string, string> {
  for (const [name, value] of Object.entries(defaults)) env[name] ??= value;
  const names = [...Object.keys(defaults), ...users].filter((name) => env[name] !== undefined);
  return Object.fromEntries(names.map((name) => [name, env[name] ?? ""]));
}

/** The part that is used of `webgpu` 0.6, an optional peer that is not installed with the rest. */
interface WebgpuModule {
  /** The names that a browser would have, such as GPUBufferUsage. */
  globals: object;
  create: (options: string[]) => {
    requestAdapter: (options: object) => Promise<{
      /** Texts are empty on one system or another. A fallback is a program that plays a card on the CPU. */
      info: Record<"vendor" | "architecture" | "description", string> & {
        isFallbackAdapter?: boolean;
      };
    } | null>;
  };
}

/**
 * Starts WebGPU in this process as a browser would have it. Tensors live on the card: read them with
 * `await data()`, since dataSync() fails.
 */
async function openWebgpu(): Promise<Opened> {
  const { create, globals } = await loadWebgpu();
  const gpu = create([]);
  const adapter = await gpu.requestAdapter({ powerPreference: "high-performance" });
  if (adapter === null)
    throw withMend(
      "webgpu found no graphics card with a driver for Vulkan, Metal or Direct3D 12",
      "sudo apt-get install mesa-vulkan-drivers (as Debian names it; for NVIDIA's cards nvidia-driver)",
    );
  Object.assign(globalThis, globals);
  const host = globalThis as { navigator?: object };
  host.navigator ??= {};
  Object.defineProperty(host.navigator, "gpu", { value: gpu, configurable: true });
  const tf: Tf = requireTfjs("@tensorflow/tfjs");
  requireTfjs("@tensorflow/tfjs-backend-webgpu");
  if (!(await tf.setBackend("webgpu"))) throw new Error("tfjs could not start its webgpu backend");
  const { info } = adapter;
  return {
    tf,
    tensorflow: null,
    device: info.isFallbackAdapter ? "CPU" : "WebGPU",
    adapter: info.description || `${info.vendor} ${info.architecture}`.trim() || "unnamed card",
    threads: null,
    settings: {},
  };
}

async function loadWebgpu(): Promise<WebgpuModule> {
  const name = "webgpu";
  return import(name).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ERR_MODULE_NOT_FOUND")
      throw new Error("the package webgpu is not installed");
    throw new Error(`the package webgpu does not load: ${toMessage(error)}`);
  });
}
