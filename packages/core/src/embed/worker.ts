import { Worker } from "node:worker_threads";
import { findScript } from "../logs/paths.ts";
import { ExpectedError } from "../messages/errors.ts";
import type { Encoder } from "./encoder.ts";
import type { Dtype } from "./model-folder.ts";

/** What a worker thread encodes with. */
export type WorkerModel =
  | { runtime: "use-lite" }
  | { runtime: "onnx"; folder: string; dtype: Dtype; threads: number };

/** What a worker thread sends: first its dimensions, then vectors for each batch; or what failed. */
export type Answer =
  | { dimensions: number }
  | { vectors: Float32Array }
  | { error: { name: string; message: string } };

/** The script of a worker thread. */
const script = findScript("encode-worker", import.meta.url);

/**
 * Opens an encoder on a thread of its own. It takes one batch at a time, and keeps the process
 * alive only while it has one.
 * @throws what the thread failed with; later calls of a thread that is gone fail with why
 */
export async function openWorker(model: WorkerModel, at: URL = script): Promise<Encoder> {
  // Node's own flags, such as --input-type, may not suit it.
  const worker = new Worker(at, { workerData: model, execArgv: [] });
  let waiting: { resolve: (answer: Answer) => void; reject: (error: unknown) => void } | null =
    null;
  let gone: Error | null = null;

  worker.on("message", (answer: Answer) => waiting?.resolve(answer));
  worker.on("error", (cause) => end(new Error(`an encoding thread failed: ${cause}`, { cause })));
  worker.on("exit", (code) => end(new Error(`an encoding thread ended (exit code ${code})`)));

  function end(error: Error): void {
    gone ??= error;
    waiting?.reject(gone);
  }

  async function listen(): Promise<Exclude<Answer, { error: unknown }>> {
    worker.ref();
    try {
      const answer = await new Promise<Answer>((resolve, reject) => {
        waiting = { resolve, reject };
        if (gone) reject(gone);
      });
      if ("error" in answer) throw toError(answer.error);
      return answer;
    } finally {
      waiting = null;
      worker.unref();
    }
  }

  const first = await listen();
  if (!("dimensions" in first)) throw new Error("an encoding thread gave vectors before any text");
  return {
    dimensions: first.dimensions,
    async encode(batch) {
      worker.postMessage(batch);
      const answer = await listen();
      if (!("vectors" in answer)) throw new Error("an encoding thread gave no vectors");
      return answer.vectors;
    },
    async dispose() {
      if (gone) return;
      const ended = new Promise((resolve) => worker.once("exit", resolve));
      worker.ref();
      worker.postMessage(null);
      await ended;
    },
  };
}

function toError({ name, message }: { name: string; message: string }): Error {
  return name === "ExpectedError" ? new ExpectedError(message) : new Error(message);
}
