import { availableParallelism } from "node:os";
import util from "node:util";
import type { Env } from "../logs/paths.ts";
import { type Opened, requireTfjs, type Tf } from "./opened.ts";

/** Properties of tfjs-node's backend that its type in tfjs lacks. */
type NativeBackend = ReturnType<Tf["backend"]> & {
  binding?: { TF_Version?: string };
  isUsingGpuDevice?: boolean;
};

/** Loads TensorFlow's own library. Throws if the package or its native part is missing. */
export async function openNative(packageName: string, env: Env): Promise<Opened> {
  // Node 23 removed this function and tfjs-node 4.22 still calls it.
  const legacy: { isNullOrUndefined?: unknown } = util;
  legacy.isNullOrUndefined ??= (value: unknown) => value === null || value === undefined;
  const settings = writeSettings(env);
  const tf: Tf = requireTfjs(packageName);
  await tf.ready();
  const backend = tf.backend() as NativeBackend;
  const onCard = backend.isUsingGpuDevice === true;
  const asked = Number(env.TF_NUM_INTRAOP_THREADS);
  return {
    tf,
    tensorflow: backend.binding?.TF_Version ?? null,
    device: onCard ? "CUDA" : "CPU",
    adapter: null,
    // All cores that the process may use, unless this variable sets another number.
    threads: onCard ? null : asked > 0 ? asked : availableParallelism(),
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
