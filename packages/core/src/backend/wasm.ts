import { dirname } from "node:path";
import { type Opened, requireTfjs, type Tf } from "./opened.ts";

const wasmPackage = "@tensorflow/tfjs-backend-wasm";

/** Starts WebAssembly, which runs everywhere; in Node on one thread. */
export async function openWasm(): Promise<Opened> {
  const tf: Tf = requireTfjs("@tensorflow/tfjs");
  const wasm: typeof import("@tensorflow/tfjs-backend-wasm") = requireTfjs(wasmPackage);
  wasm.setWasmPaths(`${dirname(requireTfjs.resolve(wasmPackage))}/`);
  if (!(await tf.setBackend("wasm"))) throw new Error("tfjs could not start its wasm backend");
  return { tf, tensorflow: null, device: "CPU", adapter: null, threads: 1, settings: {} };
}
