import { dirname } from "node:path";
import { checkout, type Env } from "../logs/paths.ts";
import { toMessage } from "../messages/errors.ts";
import { openNative } from "./native.ts";
import { type BackendName, type Opened, requireTfjs, type Tf } from "./opened.ts";
import { openWebgpu } from "./webgpu.ts";

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
