import { describe } from "vitest";
import { readTinyCase, tinyNames } from "./golden.ts";
import { testParity } from "./parity-tests.ts";

describe("tiny models on wasm", () => {
  testParity("wasm", tinyNames.map(readTinyCase));
});
