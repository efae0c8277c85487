import { parentPort, workerData } from "node:worker_threads";
import { openBackend } from "@seedling/core/internal";
import type { TrialSettings } from "../data/trials.ts";
import { createOps } from "../encoder/ops.ts";
import { type MlpWork, trainMlp } from "./fit-mlp.ts";

const work: MlpWork = workerData;
const backend = await openBackend({ force: work.backend });
const ops = createOps(backend);

parentPort?.on("message", async (choice: TrialSettings) => {
  parentPort?.postMessage(await trainMlp(ops, work.data, choice, work.options));
});
parentPort?.postMessage("there");
