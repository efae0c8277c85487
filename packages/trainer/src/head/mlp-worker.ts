import { parentPort, workerData } from "node:worker_threads";
import { type BackendName, openBackend } from "@seedling/core/internal";
import type { TrialSettings } from "../data/trials.ts";
import { createOps } from "../encoder/ops.ts";
import type { FitData } from "./fit.ts";
import { type MlpOptions, trainMlp } from "./train-mlp.ts";

/** The data that a thread starts with. */
export interface MlpWork {
  backend: BackendName;
  /** Its vectors are in shared memory. */
  data: FitData;
  options: MlpOptions;
}

const work: MlpWork = workerData;
const backend = await openBackend({ force: work.backend });
const ops = createOps(backend);

parentPort?.on("message", async (choice: TrialSettings) => {
  parentPort?.postMessage(await trainMlp(ops, work.data, choice, work.options));
});
parentPort?.postMessage("there");
