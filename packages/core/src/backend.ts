import { createRequire } from "node:module";
import { dirname } from "node:path";
import util from "node:util";
import { ExpectedError, toMessage } from "./errors.ts";

/** Everything tfjs offers, gradients included (tfjs-core alone registers none). */
export type Tf = typeof import("@tensorflow/tfjs");

/** What tensors are computed on. */
export interface Backend {
  tf: Tf;
  /** "tfjs-node-gpu", "tfjs-node" or "wasm". */
  name: string;
  /** The version of tfjs, such as "4.22.0". */
  version: string;
  device: "CUDA" | "CPU";
  /** One line, such as "tfjs-node-gpu 4.22.0, TensorFlow 2.15.1, CPU". */
  describe: string;
  /** Why each better backend was not taken, one line each. */
  passedOver: string[];
}

export interface BackendOptions {
  /** Takes wasm even where native TensorFlow would load. */
  force?: "wasm";
  /** Where TensorFlow's settings are read and, where unset, written before it loads. */
  env?: Record<string, string | undefined>;
}

/** Quiet, repeatable and considerate to others on the card; what the user has set stays. */
const settings: Record<string, string> = {
  TF_CPP_MIN_LOG_LEVEL: "2",
  TF_DETERMINISTIC_OPS: "1",
  TF_FORCE_GPU_ALLOW_GROWTH: "true",
  NVIDIA_TF32_OVERRIDE: "0",
};

/** All of these are CommonJS, and import() wraps such modules differently under tsx and vitest. */
const require = createRequire(import.meta.url);

const wasmPackage = "@tensorflow/tfjs-backend-wasm";

let opened: Promise<Backend> | undefined;

/**
 * Opens the best backend of this machine: tfjs-node-gpu, else tfjs-node, else wasm. tfjs has one
 * engine per process, so the first call decides and later calls return the same backend.
 * @throws ExpectedError if none can be loaded, with the reason of each
 */
export async function openBackend(options: BackendOptions = {}): Promise<Backend> {
  opened ??= chooseBackend(options);
  const backend = await opened;
  if (options.force && backend.name !== options.force)
    throw new Error(`asked for ${options.force}, but this process already runs on ${backend.name}`);
  return backend;
}

async function chooseBackend({ force, env = process.env }: BackendOptions): Promise<Backend> {
  for (const [name, value] of Object.entries(settings)) env[name] ??= value;
  const openers: [string, () => Promise<Opened>][] = [
    ["tfjs-node-gpu", () => openNative("@tensorflow/tfjs-node-gpu")],
    ["tfjs-node", () => openNative("@tensorflow/tfjs-node")],
    ["wasm", openWasm],
  ];
  const passedOver: string[] = [];
  for (const [name, open] of openers) {
    if (force && name !== force) continue;
    try {
      const { tf, native, device } = await open();
      const version = tf.version["tfjs-core"];
      const describe = [`${name} ${version}`, ...native, device].join(", ");
      return { tf, name, version, device, describe, passedOver };
    } catch (error) {
      passedOver.push(`${name}: ${toMessage(error).split("\n")[0]}`);
    }
  }
  throw new ExpectedError(
    `no backend for tensors could be loaded; npm ci brings wasm. ${passedOver.join("; ")}`,
  );
}

interface Opened {
  tf: Tf;
  native: string[];
  device: Backend["device"];
}

/** What tfjs-node's backend has beyond the type that tfjs gives it. */
type NativeBackend = ReturnType<Tf["backend"]> & {
  binding?: { TF_Version?: string };
  isUsingGpuDevice?: boolean;
};

/** Loads TensorFlow's own library. Throws if the package or its native part is missing. */
async function openNative(packageName: string): Promise<Opened> {
  // Node 23 removed this function and tfjs-node 4.22 still calls it.
  const legacy: { isNullOrUndefined?: unknown } = util;
  legacy.isNullOrUndefined ??= (value: unknown) => value === null || value === undefined;
  const tf: Tf = require(packageName);
  await tf.ready();
  const backend = tf.backend() as NativeBackend;
  return {
    tf,
    native: backend.binding?.TF_Version ? [`TensorFlow ${backend.binding.TF_Version}`] : [],
    device: backend.isUsingGpuDevice ? "CUDA" : "CPU",
  };
}

async function openWasm(): Promise<Opened> {
  const tf: Tf = require("@tensorflow/tfjs");
  const wasm: typeof import("@tensorflow/tfjs-backend-wasm") = require(wasmPackage);
  wasm.setWasmPaths(`${dirname(require.resolve(wasmPackage))}/`);
  if (!(await tf.setBackend("wasm"))) throw new Error("tfjs could not start its wasm backend");
  return { tf, native: [], device: "CPU" };
}
