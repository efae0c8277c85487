import { resolve } from "node:path";
import type { BackendName } from "@seedling/core/internal";
import { part } from "@seedling/testing";
import { describe } from "vitest";
import { readRealCases, readTinyCase, tinyNames } from "./golden.ts";
import { testParity } from "./parity-tests.ts";

const backend = (process.env.SEEDLING_TEST_BACKEND ?? part("native") ?? "wasm") as BackendName;

describe("tiny models", () => {
  testParity(backend, tinyNames.map(readTinyCase));
});

const shared = part("shared");
const minilm = part("minilm");
const mpnet = part("mpnet");
const models = shared ? [minilm, mpnet].filter((folder) => folder !== null) : [];

describe.skipIf(backend === "wasm" || models.length === 0)("real models", () => {
  const cases = models.flatMap((folder) =>
    readRealCases(folder, resolve(`${shared}`, "golden", `${folder.split("/").at(-1)}.json`)),
  );
  // MPNet has 110 million numbers: a step takes a second or more, and seven further ones would show nothing
  // that MiniLM's ten and the tiny MPNets' ten do not. By hand all ten agree, too.
  const toSteps = ({ folder }: { folder: string }) => (folder === mpnet ? 3 : 10);
  testParity(backend, cases, { toSteps, ways: false });
});
