import { describe, expect, test } from "vitest";
import { evaluationManifestSchema } from "../src/results/evaluation-manifest.ts";
import { boolqSample, evaluation } from "./manifests.ts";

describe("a manifest", () => {
  test.each([
    ["a live run", evaluation()],
    ["the bundled sample", evaluation(boolqSample)],
    ["human data", evaluation({ source: "human", completions: null })],
    ["further keys", { ...evaluation(), host: "here" }],
    [
      "the creator model's own answers",
      evaluation({
        source: "direct",
        train: { n: 0, target: 0, labels: null },
        dev: { n: 0, accuracy: 0 },
        student: { encoder: "m", tune: "none" },
        test: { unreadable: 3 },
      }),
    ],
    ["items of two and of ten options", evaluation({ test: { optionCounts: { 2: 680, 10: 6 } } })],
    ["known overlaps", evaluation({ test: { file: "/d/t.jsonl", shared: { dev: 2, train: 0 } } })],
  ])("of %s is taken", (_, manifest) => {
    expect(evaluationManifestSchema.safeParse(manifest).success).toBe(true);
  });

  test("from before overlaps were looked for says that they are not known", () => {
    expect(evaluationManifestSchema.parse(evaluation()).test.shared).toBe(null);
  });

  test.each([
    ["another version", { ...evaluation(), version: 2 }, "version"],
    ["another stage", { ...evaluation(), stage: "train" }, "stage"],
    ["an unknown source", { ...evaluation(), source: "bush" }, "source"],
    ["no items", evaluation({ test: { n: 0, correct: 0, labels: {} } }), "test.n"],
    ["more right than asked", evaluation({ test: { correct: 687 } }), "test"],
    ["labels of other items", evaluation({ test: { labels: { True: 1, False: 1 } } }), "test"],
    ["options of other items", evaluation({ test: { optionCounts: { 2: 1 } } }), "test"],
    ...["few", "0", "1", "2.5", "-2"].map((k): [string, object, string] => [
      `an item of ${k} options`,
      evaluation({ test: { optionCounts: { [k]: 686 } } }),
      `test.optionCounts.${k}`,
    ]),
    [
      "a negative overlap",
      evaluation({ test: { shared: { dev: -1, train: 0 } } }),
      "test.shared.dev",
    ],
    ["half a seed", evaluation({ seeds: { creation: 0.5 } }), "seeds.creation"],
    ["a negative seed", evaluation({ seeds: { train: -1 } }), "seeds.train"],
    ["less than no examples", evaluation({ train: { n: -1 } }), "train.n"],
    ["half a dev item", evaluation({ dev: { n: 0.5 } }), "dev.n"],
    ["half a label", evaluation({ train: { labels: { True: 0.5 } } }), "train.labels.True"],
    ["half an item", evaluation({ test: { correct: 0.5 } }), "test.correct"],
    ["an impossible accuracy", evaluation({ dev: { accuracy: 60 } }), "dev.accuracy"],
    ["no date", evaluation({ createdAt: "yesterday" }), "createdAt"],
  ])("with %s is refused", (_, manifest, field) => {
    const { error } = evaluationManifestSchema.safeParse(manifest);
    expect(error?.issues.map(({ path }) => path.join("."))).toContain(field);
  });
});
