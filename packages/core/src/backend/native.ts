import { availableParallelism } from "node:os";
import util from "node:util";
import type { Env } from "../logs/paths.ts";
import { type Opened, requireTfjs, type Tf } from "./opened.ts";
import { writeSettings } from "./settings.ts";

/** What tfjs-node's backend has beyond the type that tfjs gives it. */
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
  return {
    tf,
    tensorflow: backend.binding?.TF_Version ?? null,
    device: onCard ? "CUDA" : "CPU",
    adapter: null,
    threads: onCard ? null : toThreads(env),
    settings,
  };
}

/** TensorFlow takes all cores that the process may use, unless this variable says otherwise. */
function toThreads(env: Env): number {
  const asked = Number(env.TF_NUM_INTRAOP_THREADS);
  return Number.isInteger(asked) && asked > 0 ? asked : availableParallelism();
}
