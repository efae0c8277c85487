import { ExpectedError } from "@seedling/core/internal";
import { describe, expect, it } from "vitest";
import { explainOutOfMemory } from "../src/tune/memory.ts";

describe("explainOutOfMemory", () => {
  it.each([
    "OOM when allocating tensor with shape[16,12,256,256] and type float",
    "RESOURCE_EXHAUSTED: failed to allocate memory",
    "ResourceExhaustedError",
    "std::bad_alloc",
    "Array buffer allocation failed",
    "WebAssembly.Memory(): out of memory",
  ])("says what to do after %j", (message) => {
    const explained = explainOutOfMemory(new Error(`${message}\nat some kernel`), "7.1 GB");
    expect(explained).toBeInstanceOf(ExpectedError);
    expect((explained as Error).message).toBe(
      `out of memory (a step needs about 7.1 GB): give --recompute on, a larger --accumulate, a smaller --max-length or --batch-size, or --freeze N (${message})`,
    );
  });

  it.each(["the BOOM tensor is missing", "the loss is not finite"])(
    "leaves %j as it is",
    (message) => {
      const error = new Error(message);
      expect(explainOutOfMemory(error, "1.0 GB")).toBe(error);
    },
  );
});
