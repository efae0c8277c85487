import { join } from "node:path";
import { type BackendName, openBackend, readExamples } from "@seedling/core/internal";
import { part } from "@seedling/testing";
import { describe, expect, it } from "vitest";
import { argMax } from "../src/data/metrics.ts";
import { exported, openExported, scoreExported, scoreOwn } from "./exported.ts";
import { saveFrozen } from "./saved-classifiers.ts";

const [native, minilm, shared] = [part("native"), part("minilm"), part("shared")];

describe.skipIf(native === null || minilm === null || shared === null)("MiniLM as ONNX", () => {
  it("labels 1,000 claims as it does itself", async () => {
    const backend = await openBackend({ force: native as BackendName });
    const path = join(shared ?? "", "benchmarks/yesno_close/creak/train.jsonl");
    const claims = (await readExamples(path)).slice(0, 1000);
    const reading = { pooling: "mean", prompt: "", maxLength: 64, dense: [] };
    const folder = await saveFrozen({ encoder: minilm ?? "", kind: "classes", size: 384, reading });
    const opened = await openExported(await exported(folder, { backend }), "fp32");
    const labels: number[] = [];
    for (let at = 0; at < claims.length; at += 50) {
      const form = { isPair: false, isChoice: false, isTuned: false };
      const scores = await scoreExported(opened, claims.slice(at, at + 50), form);
      labels.push(...scores.map(argMax));
    }
    expect(new Set(labels)).toEqual(new Set([0, 1]));
    expect((await scoreOwn(folder, claims, { backend })).map(argMax)).toEqual(labels);
  });
});
