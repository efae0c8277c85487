import { cpSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { tempFolder } from "@seedling/testing";
import { writeThreshold } from "@seedling/trainer/internal";
import { expect, it } from "vitest";
import { parse } from "yaml";
import { writeModelCard } from "../src/export/write-model-card.ts";

const fixture = join(import.meta.dirname, "../../eval/test/fixtures/results-f62f4f1/results");
const run = "trainings/reviews/human/5c0e0656939d/classifier";

it("has what was evaluated since the training", async () => {
  const to = tempFolder();
  expect(await writeModelCard(join(fixture, run), to, { isSingleText: true })).toBe("README.md");
  const [, head = ""] = readFileSync(join(to, "README.md"), "utf8").split("---\n");
  const { results } = parse(head)["model-index"][0];
  expect(
    results.map(({ dataset, metrics }: Record<string, { name: string }[] & { name: string }>) => [
      dataset?.name,
      metrics?.[0],
    ]),
  ).toContainEqual([
    "reviews",
    {
      type: "accuracy",
      value: 0.5,
      name: "Accuracy (95 % interval 0.1876 to 0.8124, 6 items)",
    },
  ]);
});

it("names the threshold, which the graphs do not know", async () => {
  const [copy, to] = [tempFolder(), tempFolder()];
  cpSync(dirname(join(fixture, run)), copy, { recursive: true });
  const folder = join(copy, "classifier");
  const counts = { maxError: 0.05, n: 100, wrong: 0, bound: 0.03, coverage: 0.7 };
  writeThreshold(folder, { value: 0.6, ...counts, on: "folds" });
  await writeModelCard(folder, to, { isSingleText: true });
  const card = readFileSync(join(to, "README.md"), "utf8");
  expect(card).toMatch(
    /^- \*\*Threshold:\*\* labels from probability 0\.6 on: .* The graphs give every label: /m,
  );
});

it("has the card of its training away from there, and none where none is", async () => {
  const moved = tempFolder();
  const to = tempFolder();
  cpSync(join(fixture, run), join(moved, "mine"), { recursive: true });
  await writeModelCard(join(moved, "mine"), to, { isSingleText: true });
  const card = readFileSync(join(fixture, run, "README.md"), "utf8");
  expect(readFileSync(join(to, "README.md"), "utf8")).toBe(card);
  const files = { "classifier.json": "{}", "model.safetensors": "" };
  expect(await writeModelCard(tempFolder(files), to, { isSingleText: true })).toBeNull();
});
