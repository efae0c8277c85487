import { parentPort, workerData } from "node:worker_threads";
import { openBackend } from "../backend/backend.ts";
import { toMessage } from "../messages/errors.ts";
import type { Batch, Encoder } from "./encoder.ts";
import { openTransformersEncoder } from "./transformers-encoder.ts";
import { openUseLiteEncoder } from "./use-lite-encoder.ts";
import type { Answer, WorkerModel } from "./worker.ts";

/** The thread's end of worker.ts: encodes what it is sent, and closes at null. */
if (!parentPort) throw new Error("encode-worker.ts runs as a worker thread only");
const port = parentPort;

function toError(error: unknown): Answer {
  return { error: { name: error instanceof Error ? error.name : "", message: toMessage(error) } };
}

async function open(model: WorkerModel): Promise<Encoder> {
  if (model.runtime === "use-lite")
    return openUseLiteEncoder((await openBackend({ force: "wasm" })).tf);
  const { folder, dtype, threads } = model;
  const source = { encoder: folder, modelsDir: "", log: () => {} };
  return openTransformersEncoder(source, dtype, threads);
}

try {
  const encoder = await open(workerData as WorkerModel);
  port.on("message", async (batch: Batch | null) => {
    if (batch === null) {
      await encoder.dispose();
      port.close();
      return;
    }
    try {
      const vectors = await encoder.encode(batch);
      port.postMessage({ vectors } satisfies Answer, [vectors.buffer as ArrayBuffer]);
    } catch (error) {
      port.postMessage(toError(error));
    }
  });
  port.postMessage({ dimensions: encoder.dimensions } satisfies Answer);
} catch (error) {
  port.postMessage(toError(error));
  port.close();
}
