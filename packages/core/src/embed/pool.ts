import { Worker } from "node:worker_threads";
import { findScript } from "../logs/paths.ts";
import { ExpectedError } from "../messages/errors.ts";
import type { Batch, Encoder } from "./encoder.ts";
import type { Dtype } from "./model-folder.ts";
import type { Recipe } from "./pooling.ts";

export type WorkerModel =
  | { runtime: "use-lite" }
  | { runtime: "onnx"; folder: string; dtype: Dtype; threads: number; recipe: Recipe };

/** What a worker thread is started with. */
export type WorkerStart = WorkerModel & {
  /** Its first number is 1 while the thread is in native code. */
  busy: Int32Array<SharedArrayBuffer>;
};

/** A message of a worker thread: null once it is ready, then an answer to each batch. */
export type WorkerAnswer =
  | { vectors: Float32Array }
  | { error: string; isExpected: boolean }
  | null;

/** Worker threads that take over long work. */
export interface PoolOptions {
  /** Their number; one does no better than the encoder in this thread. */
  size: number;
  model: WorkerModel;
  /**
   * Milliseconds of unbroken work after which they are started. As long as starting takes: so the
   * whole takes at most twice the time of the better choice, whatever is still to come.
   */
  after: number;
  script?: URL;
}

/** The longest wait for threads at the process's end, in milliseconds. */
const longestEnd = 5000;

interface Job {
  batch: Batch;
  resolve: (vectors: Float32Array) => void;
  reject: (error: unknown) => void;
}

/**
 * Makes one encoder of one in this thread and a pool of worker threads: short work is done here, longer
 * work by the threads, which then stay. Batches may be given without waiting for those before.
 */
export function openPool(
  own: Encoder,
  { size, model, after, script = findScript("encode-worker", import.meta.url) }: PoolOptions,
): Encoder {
  const queue: Job[] = [];
  const workers = new Map<Worker, WorkerStart["busy"]>();
  const idle: Worker[] = [];
  const jobs = new Map<Worker | Encoder, Job>();
  /** The start of the unbroken work; null: nothing is to do. */
  let since: number | null = null;
  let failure: Error | null = null;

  function fail(error: Error): void {
    failure ??= error;
    for (const { reject } of [...queue.splice(0), ...jobs.values()]) reject(failure);
  }

  /** Lets threads leave native code before the process ends: onnxruntime's abort it where they are ended in there. */
  function awaitThreads(): void {
    for (const busy of workers.values()) Atomics.wait(busy, 0, 1, longestEnd);
  }

  function startWorker(): void {
    // Node's own flags, such as --input-type, may not suit it.
    const busy = new Int32Array(new SharedArrayBuffer(4)).fill(1);
    const workerData: WorkerStart = { ...model, busy };
    const worker = new Worker(script, { workerData, execArgv: [] });
    if (workers.size === 0) process.on("exit", awaitThreads);
    workers.set(worker, busy);
    worker.unref();
    worker.on("error", (cause) =>
      fail(new Error(`an encoding thread failed: ${cause}`, { cause })),
    );
    worker.on("exit", (code) => {
      workers.delete(worker);
      if (workers.size === 0) process.off("exit", awaitThreads);
      fail(new Error(`an encoding thread ended (exit code ${code})`));
    });
    worker.on("message", (answer: WorkerAnswer) => {
      const job = jobs.get(worker);
      if (answer && "vectors" in answer) job?.resolve(answer.vectors);
      else if (answer) job?.reject(new (answer.isExpected ? ExpectedError : Error)(answer.error));
      jobs.delete(worker);
      worker.unref();
      idle.push(worker);
      continueWork();
    });
  }

  function assign(): void {
    const isLong = since !== null && performance.now() - since >= after;
    if (isLong && size > 1 && workers.size === 0 && queue.length > 0)
      for (let n = 0; n < size; n++) startWorker();
    while (idle.length > 0 && queue.length > 0) {
      const [worker, job] = [idle.pop() as Worker, queue.shift() as Job];
      jobs.set(worker, job);
      worker.ref();
      Atomics.store(workers.get(worker) as WorkerStart["busy"], 0, 1);
      worker.postMessage(job.batch);
    }
    const threadsAreReady = idle.length > 0 || [...jobs.keys()].some((one) => one !== own);
    if (threadsAreReady || jobs.has(own) || queue.length === 0) return;
    const job = queue.shift() as Job;
    jobs.set(own, job);
    own
      .encode(job.batch)
      .then(job.resolve, job.reject)
      .finally(() => {
        jobs.delete(own);
        continueWork();
      });
  }

  /** Goes on after the caller of a finished batch: its next batches belong to the same work. */
  function continueWork(): void {
    setImmediate(() => {
      if (jobs.size === 0 && queue.length === 0) since = null;
      assign();
    });
  }

  return {
    dimensions: own.dimensions,
    encode: (batch) =>
      new Promise((resolve, reject) => {
        if (failure) return reject(failure);
        since ??= performance.now();
        queue.push({ batch, resolve, reject });
        assign();
      }),
    async dispose() {
      fail(new Error("the encoder was closed"));
      for (const worker of workers.keys()) {
        const ended = new Promise((resolve) => worker.once("exit", resolve));
        // One that is still starting would be released as it becomes ready, and the process end before it.
        worker.removeAllListeners("message");
        worker.ref();
        worker.postMessage(null);
        await ended;
      }
      await own.dispose();
    },
  };
}
