import type { Env, Run } from "@seedling/core/internal";

/** What is asked of a run. */
interface Asked {
  flags: Pick<Run["flags"], "tune" | "head" | "runtime">;
}

/**
 * Lets native TensorFlow take one thread an operation, unless the user says otherwise, where all runs
 * of an invocation are MLP heads: their operations end before a second thread has woken, and points
 * of a grid have a core each. To be called before TensorFlow loads.
 */
export function takeOneThread(runs: readonly Asked[], env: Env): void {
  const isMlp = ({ flags: { tune, head, runtime } }: Asked) =>
    tune === "head" && head === "mlp" && runtime !== "tfjs";
  if (runs.every(isMlp)) env.TF_NUM_INTRAOP_THREADS ??= "1";
}
