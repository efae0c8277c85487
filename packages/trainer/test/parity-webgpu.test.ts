import { describe } from "vitest";
import { part } from "../../core/test/parts.ts";
import { readTinyCase } from "./golden.ts";
import { testParity } from "./parity-tests.ts";

// A software adapter takes seconds for a step: one family without a relative bias and the one with it.
describe.skipIf(part("webgpu") === null)("tiny models on webgpu", () => {
  const cases = [readTinyCase("tiny-bert"), readTinyCase("tiny-mpnet-classification")];
  testParity("webgpu", cases, { toSteps: () => 2, ways: false });
});
