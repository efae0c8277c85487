import { dirname } from "node:path";
import { checkout, type Env } from "../logs/paths.ts";
import { ExpectedError, toMessage } from "../messages/errors.ts";
import { renderCount } from "../messages/render-numbers.ts";
import { openNative } from "./native.ts";
import { type BackendName, backendNames, type Opened, requireTfjs, type Tf } from "./opened.ts";
import { openWebgpu } from "./webgpu.ts";

export { type BackendName, backendNames, type Tf } from "./opened.ts";

/** The library and device that tensors are computed on. */
export interface Backend extends Opened {
  name: BackendName;
  /** The version of tfjs, such as "4.22.0". */
  version: string;
  /** One line, such as "tfjs-node-gpu 4.22.0, TensorFlow 2.15.1, CPU, 8 threads". */
  describe: string;
  /** Reasons that better backends were not taken, one line each. */
  passedOver: string[];
}

export interface BackendOptions {
  /** Takes this backend or none, whatever else would load. */
  force?: BackendName | null | undefined;
  /** The environment from which TensorFlow's settings are read and, where unset, to which they are written before it loads. */
  env?: Env;
}

let opened: Promise<Backend> | undefined;

/**
 * Opens the best backend of this machine: tfjs-node-gpu, else tfjs-node, else wasm; or the one that
 * is forced. tfjs has one engine per process, so the first call decides and later calls return the
 * same backend.
 * @throws ExpectedError if none can be loaded, with the reason of each and what mends it
 */
export async function openBackend(options: BackendOptions = {}): Promise<Backend> {
  opened ??= chooseBackend(options);
  const backend = await opened;
  if (options.force && backend.name !== options.force)
    throw new Error(`asked for ${options.force}, but this process already runs on ${backend.name}`);
  return backend;
}

async function chooseBackend({ force, env = process.env }: BackendOptions): Promise<Backend> {
  const passedOver: string[] = [];
  for (const name of force ? [force] : backendNames) {
    if (!force && openers[name].onlyForced) continue;
    try {
      const found = await openers[name].open(env);
      const version = found.tf.version["tfjs-core"];
      return { ...found, name, version, describe: describe(name, version, found), passedOver };
    } catch (error) {
      if (force)
        throw new ExpectedError(
          `--backend ${name} could not be loaded: ${toReason(error)}. To mend it: ${toMend(name, error)}`,
          { cause: error },
        );
      passedOver.push(`${name}: ${toReason(error)}`);
    }
  }
  const reasons = passedOver.join("; ");
  throw new ExpectedError(
    `no backend for tensors could be loaded; npm install brings wasm. ${reasons}`,
  );
}

function describe(name: string, version: string, opened: Opened): string {
  const { tensorflow, adapter, device, threads } = opened;
  const library = tensorflow && `TensorFlow ${tensorflow}`;
  const count = threads && renderCount(threads, "thread");
  return [`${name} ${version}`, library, adapter, device, count].filter(Boolean).join(", ");
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
