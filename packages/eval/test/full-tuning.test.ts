import { readFileSync } from "node:fs";
import { join } from "node:path";
import { toExamplesJsonl } from "@seedling/core/internal";
import { tempFolder } from "@seedling/testing";
import { describe, expect, it } from "vitest";
import { toyCheckpoint, toyChoices, toyClaims } from "../../trainer/test/toy-student.ts";
import { listFiles, runPipeline } from "./run-stages.ts";

/** A user's folder with a task of claims and one of choices, all splits. */
function settle(): string {
  const toTask = (name: string, options: unknown, toItems: typeof toyClaims) => ({
    [`${name}/task.json`]: JSON.stringify({ options }),
    [`${name}/example.json`]: toExamplesJsonl(toItems(1)).trim(),
    [`${name}/train.jsonl`]: toExamplesJsonl(toItems(24, 1)),
    [`${name}/dev.jsonl`]: toExamplesJsonl(toItems(12, 2)),
    [`${name}/test.jsonl`]: toExamplesJsonl(toItems(30, 3)),
  });
  return tempFolder({
    ...toTask("claims", ["True", "False"], toyClaims),
    ...toTask("choices", "varying", toyChoices),
  });
}

describe("--tune full", () => {
  it("goes from a tiny encoder to the tables; other seeds repeat the first's choice", async () => {
    const home = settle();
    const results = join(home, "results");
    const encoder = toyCheckpoint("tiny-mpnet");
    const args = [
      `--data ./claims,./choices --setting human --baselines off --tune full --encoder ${encoder}`,
      "--train-seed 1,2 --grid-seeds 1 --learning-rates 1e-9,3e-3 --batch-size 8 --epochs 6",
      `--backend wasm --results ${results}`,
    ].join(" ");
    const { code, output } = await runPipeline(args, { TURBO_INVOCATION_DIR: home });
    expect(output).not.toContain("failed");
    expect(code).toBe(0);

    const manifests = listFiles(results)
      .filter((path) => path.endsWith("manifest.json"))
      .map((path) => JSON.parse(readFileSync(path, "utf8")))
      .filter(({ stage }) => stage === "train");
    expect(manifests).toHaveLength(4);
    for (const { student, best, dev, backend, outputs } of manifests) {
      expect(student.tune).toBe("full");
      expect(best).toMatchObject({ learningRate: 3e-3, batchSize: 8 });
      expect(dev.accuracy).toBeGreaterThan(0.5);
      expect(backend).toContain("wasm");
      expect(outputs.classifier).toMatch(/^[0-9a-f]+$/);
    }
    const logs = listFiles(results).filter((path) => path.endsWith("training.jsonl"));
    const rates = logs.map((path) => {
      const lines = readFileSync(path, "utf8").trim().split("\n");
      return new Set(lines.map((line) => JSON.parse(line).learningRate)).size;
    });
    expect(rates.sort()).toEqual([1, 1, 2, 2]);

    const table3 = readFileSync(join(results, "tables/table3.md"), "utf8");
    expect(table3).toMatch(/\| claims .*\| human /);
    expect(table3).toMatch(/\| choices .*\| human /);
    expect(table3).toContain("full");
    const evaluations = listFiles(results).filter((path) => path.endsWith("items.jsonl"));
    expect(evaluations).toHaveLength(4);
  });
});
