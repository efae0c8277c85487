import { describe, expect, test } from "vitest";
import { renderFiles } from "../src/render/files.ts";
import { renderReport } from "../src/report/render-report.ts";
import { analyseResults } from "../src/tables/analysis.ts";
import { listClaims } from "../src/tables/claims.ts";
import { toResults, toRun } from "./evaluation-runs.ts";
import { evaluation, seeded } from "./manifests.ts";

/** Test items by label, in the order in which they stand; human training examples by label. */
interface Shape {
  test: Record<string, number>;
  human: Record<string, number>;
}

const binary: Shape = { test: { no: 100, yes: 100 }, human: { no: 60, yes: 40 } };
const balanced: Shape = { test: { a: 70, b: 70, c: 60 }, human: { a: 40, b: 40, c: 20 } };
const unbalanced: Shape = {
  test: { many: 150, some: 100, few: 50 },
  human: { many: 60, some: 30, few: 10 },
};

/** Right from a row up to another, in the test file's order. */
type Right = [from: number, to: number];

/** A row of an own task, of a file or of people's examples. */
function run(
  [task, { test, human }]: [string, Shape],
  file: string | null,
  [from, to]: Right,
  { n = 100, seed = 1, flags = {} }: { n?: number; seed?: number; flags?: object } = {},
) {
  const own = { kind: "own" as const, verified: true, mark: `${task}-mark` };
  return toRun(
    evaluation({
      ...seeded(seed),
      task,
      source: file === null ? "human" : "file",
      completions: null,
      data: own,
      train: { n, target: n, labels: file === null ? human : { one: n } },
      conditions: { ...flags, ...(file !== null && { created: `${file} (0f0f)`, distinct: true }) },
      test: {
        ...{ task, kind: "in-domain", options: "fixed", labels: test, data: own },
        optionCount: Object.keys(test).length,
        n: Object.values(test).reduce((a, b) => a + b),
        correct: to - from,
      },
    }),
    { right: (row) => row >= from && row < to },
  );
}

const analyse = (runs: ReturnType<typeof run>[]) => analyseResults(toResults(runs));

describe("examples of a file beside as many human ones", () => {
  test.each<[string, Shape, created: Right, human: Right, verdict: string, points: number]>([
    ["binary", binary, [0, 150], [0, 150], "holds", 0],
    ["binary", binary, [40, 150], [0, 150], "holds", -20],
    ["binary", binary, [0, 150], [20, 170], "undecided", 0],
    ["binary", binary, [0, 150], [40, 150], "contradicted", 20],
    ["balanced", balanced, [0, 150], [40, 150], "contradicted", 20],
    ["unbalanced", unbalanced, [0, 290], [0, 270], "holds", 40],
    ["unbalanced", unbalanced, [0, 270], [0, 270], "undecided", 0],
    ["unbalanced", unbalanced, [0, 260], [0, 280], "contradicted", -40],
  ])("%s: %j right of %j against %j: %s", (kind, shape, created, human, verdict, points) => {
    const view = analyse([
      run(["t", shape], "gpt4.jsonl", created),
      run(["t", shape], null, human),
    ]);
    expect(view.files.comparisons.map((one) => one.kind)).toEqual([kind]);
    const [claim, ...others] = listClaims(view);
    expect(others).toEqual([]);
    expect(claim).toMatchObject({
      of: "Møller et al. 2024",
      claim: expect.stringContaining(kind === "unbalanced" ? "rare classes" : "human data"),
      on: { source: "gpt4.jsonl", against: "human, same N", n: 100, tasks: 1 },
      verdict,
    });
    expect(claim?.figures.value).toBeCloseTo(points / 100, 10);
  });

  test("recall of each label, the rarest first, with what is rare", () => {
    const [one] = analyse([
      run(["t", unbalanced], "gpt4.jsonl", [0, 290]),
      run(["t", unbalanced], null, [0, 270]),
    ]).files.comparisons;
    expect(
      one?.labels.map(({ label, share, isRare, items, created, human }) => {
        return [label, share, isRare, items, created, human];
      }),
    ).toEqual([
      ["few", 0.1, true, 50, 0.8, 0.4],
      ["some", 0.3, false, 100, 1, 1],
      ["many", 0.6, false, 150, 1, 1],
    ]);
    expect(one).toMatchObject({ file: "gpt4.jsonl", constant: 0.5, items: 300, flags: "" });
  });

  test("parts chosen by --select are compared, and answer no claim", () => {
    const flags = { select: "coverage", keep: 0.3 };
    const view = analyse([
      run(["t", unbalanced], "gpt4.jsonl", [0, 290], { flags }),
      run(["t", unbalanced], null, [0, 270], { flags }),
    ]);
    expect(view.files.comparisons).toHaveLength(1);
    expect(view.files.answers).toEqual([]);
  });

  test("tasks together; another N, another flag, another file is another comparison or none", () => {
    const flags = { classWeights: "balanced" };
    const view = analyse([
      ...[1, 2].map((seed) => run(["a", binary], "gpt4.jsonl", [0, 150 + seed], { seed })),
      ...[1, 2].map((seed) => run(["a", binary], null, [0, 150 - seed], { seed })),
      run(["b", balanced], "gpt4.jsonl", [0, 150]),
      run(["b", balanced], null, [0, 150]),
      run(["b", balanced], "llama2.jsonl", [0, 150], { flags }),
      run(["b", balanced], null, [0, 150], { flags }),
      run(["b", balanced], "gpt4.jsonl", [0, 150], { n: 99 }),
      run(["c", unbalanced], "gpt4.jsonl", [0, 290], { flags }),
      run(["d", binary], "gpt4.jsonl", [0, 150], {
        n: 30,
        flags: { select: "coverage", keep: 0.3 },
      }),
      run(["d", binary], null, [0, 150], { n: 30 }),
    ]);
    expect(
      view.files.answers.map(({ file, flags, tasks, question }) => {
        return [file, flags, tasks.map(({ task }) => task), question];
      }),
    ).toEqual([
      ["gpt4.jsonl", "", ["a", "b"], "as well"],
      ["llama2.jsonl", "--class-weights balanced", ["b"], "as well"],
    ]);
    // 151 and 152 right of 200 against 149 and 148, and as many right.
    const [both] = view.files.answers;
    expect(both?.value).toBeCloseTo((3 / 200 + 0) / 2, 10);
    expect(both?.tasks.map(({ value }) => value)).toEqual([expect.closeTo(3 / 200, 10), 0]);
    expect(view.files.comparisons[0]?.seeds).toEqual({ created: 2, human: 2 });
    const page = renderReport(view, toResults([]));
    expect(page).toContain("Are examples of a file as good as human ones?");
    expect(page).toContain("human as good or better");
    const text = renderFiles(view)["further.md"];
    expect(text).toContain("fine-tuned e5-base");
    expect(text).toMatch(/\| b +\| balanced +\| llama2\.jsonl/);
  });

  test("without such rows there is no table", () => {
    const files = renderFiles(analyse([run(["t", binary], null, [0, 150])]));
    expect(files["further.md"]).not.toContain("Møller");
  });
});
