import { type BackendName, openBackend, toMend, toReason } from "@seedling/core/internal";
import type { Probe } from "./probe.ts";

const name = process.argv[2] as BackendName;
console.log(JSON.stringify(await load()));

async function load(): Promise<Probe> {
  try {
    const { tf, describe, tensorflow, device } = await openBackend({ force: name });
    const [left, right] = [tf.tensor2d([1, 2, 3, 4], [2, 2]), tf.tensor2d([5, 6, 7, 8], [2, 2])];
    const product = await tf.matMul(left, right).data();
    if (product.join() !== "19,22,43,50")
      throw new Error(`it multiplies wrongly: expected 19,22,43,50, got ${product.join()}`);
    return { loads: true, describe, tensorflow, device };
  } catch (error) {
    const cause = error instanceof Error && error.cause ? error.cause : error;
    return { loads: false, reason: toReason(cause), mend: toMend(name, cause) };
  }
}
