import { part } from "@seedling/testing";
import { describe } from "vitest";
import { readTinyCase } from "./golden.ts";
import { testParity } from "./parity-tests.ts";

// A software adapter takes seconds for a step: one model of each family (XLM-R is RoBERTa by another name),
// and two steps. By hand all the tiny models agree.
describe.skipIf(part("webgpu") === null)("tiny models on webgpu", () => {
  const cases = [
    readTinyCase("tiny-bert"),
    readTinyCase("tiny-roberta-classification"),
    readTinyCase("tiny-mpnet-classification"),
    readTinyCase("tiny-distilbert"),
    readTinyCase("tiny-modernbert-classification"),
  ];
  testParity("webgpu", cases, { toSteps: () => 2, ways: false });
});
