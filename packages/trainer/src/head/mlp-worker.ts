import { parentPort, workerData } from "node:worker_threads";
import { type BackendName, openBackend } from "@seedling/core/internal";
import { openOps } from "../encoder/ops.ts";
import type { FitData } from "./fit.ts";
import { fromShared, type SharedItems } from "./shared-items.ts";
import { type MlpChoice, type MlpOptions, trainMlp } from "./train-mlp.ts";

/** What a thread is started with. */
export interface MlpWork {
  backend: BackendName;
  data: Omit<FitData, "train" | "dev">;
  train: SharedItems;
  dev: SharedItems;
  options: MlpOptions;
}

const work: MlpWork = workerData;
const backend = await openBackend({ force: work.backend });
const ops = openOps(backend);
const data: FitData = { ...work.data, train: fromShared(work.train), dev: fromShared(work.dev) };

parentPort?.on("message", async (choice: MlpChoice) => {
  parentPort?.postMessage(await trainMlp(ops, data, choice, work.options));
});
parentPort?.postMessage("there");
