// The script of a pool's worker threads: encodes the batches that it is sent, and ends at null.
import { parentPort, workerData } from "node:worker_threads";
import { openBackend } from "../backend/backend.ts";
import { ExpectedError, toMessage } from "../messages/errors.ts";
import type { Batch, Encoder } from "./encoder.ts";
import type { WorkerAnswer, WorkerModel, WorkerStart } from "./pool.ts";
import { openTransformersEncoder } from "./transformers.ts";
import { openUseLiteEncoder } from "./use-lite.ts";

if (!parentPort) throw new Error("encode-worker.ts runs as a worker thread only");
const port = parentPort;
const { busy, ...model } = workerData as WorkerStart;
const encoder = await open(model);

port.on("message", async (batch: Batch | null) => {
  if (batch === null) {
    await encoder.dispose();
    port.close();
    return;
  }
  const answer: WorkerAnswer = await encoder.encode(batch).then(
    (vectors) => ({ vectors }),
    (error) => ({ error: toMessage(error), isExpected: error instanceof ExpectedError }),
  );
  leaveNative();
  port.postMessage(answer, "vectors" in answer ? [answer.vectors.buffer as ArrayBuffer] : []);
});
leaveNative();
port.postMessage(null);

function leaveNative(): void {
  Atomics.store(busy, 0, 0);
  Atomics.notify(busy, 0);
}

async function open(model: WorkerModel): Promise<Encoder> {
  if (model.runtime === "use-lite")
    return openUseLiteEncoder((await openBackend({ force: "wasm" })).tf);
  const { folder, dtype, threads, recipe } = model;
  return openTransformersEncoder(folder, dtype, threads, recipe);
}
