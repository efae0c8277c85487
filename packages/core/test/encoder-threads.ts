import type { Encoder } from "../src/embed/encoder.ts";
import { openPool, type WorkerModel } from "../src/embed/pool.ts";

/** An encoder that computes in worker threads alone. */
export function openThreads(model: WorkerModel): Encoder {
  const nothing = new Float32Array(0);
  const own = { dimensions: 0, encode: async () => nothing, dispose: async () => {} };
  const pool = openPool(own, { size: 2, model, after: 0 });
  return {
    ...pool,
    async encode(batch) {
      let vectors: Float32Array = nothing;
      while (vectors.length === 0) {
        await new Promise((resolve) => setTimeout(resolve, 10));
        vectors = await pool.encode(batch);
      }
      return vectors;
    },
  };
}
