import type { Env } from "../logs/paths.ts";

/** Quiet, repeatable and considerate to others on the card. */
const defaults: Record<string, string> = {
  TF_CPP_MIN_LOG_LEVEL: "2",
  TF_DETERMINISTIC_OPS: "1",
  TF_FORCE_GPU_ALLOW_GROWTH: "true",
  NVIDIA_TF32_OVERRIDE: "0",
  // Products of small matrices take two thirds of the time (seen on two cores with AVX2).
  TF_ENABLE_ONEDNN_OPTS: "1",
};

/** What else changes speed or the last digits, if the user sets it. */
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
  const inForce: Record<string, string> = {};
  for (const name of [...Object.keys(defaults), ...users]) {
    const value = env[name];
    if (value !== undefined) inForce[name] = value;
  }
  return inForce;
}
