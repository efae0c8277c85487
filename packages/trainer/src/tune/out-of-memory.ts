import { ExpectedError, toMessage } from "@seedling/core/internal";

/** TensorFlow's, V8's, C++'s and WebGPU's words for it. */
const words = /\bOOM\b|resource[_ ]?exhausted|out of memory|allocation failed|bad_alloc/i;

/**
 * What to do where a step's memory was not to be had; any other error as it is.
 * @param size what a step was estimated to need
 */
export function explainOutOfMemory(error: unknown, size: string): unknown {
  const message = toMessage(error);
  if (!words.test(message)) return error;
  return new ExpectedError(
    `out of memory (a step needs about ${size}): give --recompute on, a larger --accumulate, a smaller --max-length or --batch-size, or --freeze N (${message.split("\n")[0]})`,
    { cause: error },
  );
}
