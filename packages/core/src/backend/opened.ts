import { createRequire } from "node:module";

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
export const requireTfjs = createRequire(import.meta.url);

/** An error of a backend that another command mends than the usual one. */
export function withMend(message: string, mend: string): Error {
  return Object.assign(new Error(message), { mend });
}
