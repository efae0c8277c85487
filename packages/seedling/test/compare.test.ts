import { readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runProgram, tempFolder } from "@seedling/testing";
import { describe, expect, test } from "vitest";
import { toItems, writeRun } from "../../eval/test/evaluation-runs.ts";
import { evaluation, seeded } from "../../eval/test/manifests.ts";
import { copySampleRows, runPipeline } from "../../eval/test/run-stages.ts";
import { compare } from "../src/compare.ts";
import { tables } from "../src/tables.ts";

async function runCompare(...args: string[]) {
  const { code, out, err } = await runProgram(compare, args);
  const lines = out.trimEnd().split("\n");
  return { code, out, err, verdict: lines.at(-1) };
}

type Manifest = ReturnType<typeof evaluation>;

interface Made {
  changes?: Parameters<typeof evaluation>[0];
  /** Rows whose answer is turned round. */
  turned?: readonly number[];
  probabilities?: [number, number];
}

/** A results folder of CREAK's tree, 400 of 686 right, with some answers turned round. */
function makeResults(...made: readonly Made[]): string {
  const dir = tempFolder();
  made.forEach(({ changes = {}, turned = [], probabilities }, i) => {
    const manifest: Manifest = evaluation(changes);
    const right = (row: number) => row < manifest.test.correct !== turned.includes(row);
    const items = toItems(manifest, { right }).map((item) =>
      probabilities ? { ...item, probabilities } : item,
    );
    const correct = items.filter((item) => item.right).length;
    const counted = { ...manifest, test: { ...manifest.test, correct } };
    writeRun(dir, `evaluations/creak/tree/${i}/creak`, counted, items);
  });
  return dir;
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

describe("cells of two folders", () => {
  const near: [number, number] = [0.5004, 0.4996];
  test.each<[name: string, a: Made, b: Made, args: string[], status: string, code: number]>([
    ["the same answers", {}, {}, [], "with the same answer to every item", 0],
    ["one other answer", {}, { turned: [3] }, [], "with changed answers", 1],
    ["as many right, of other items", {}, { turned: [3, 500] }, [], "with changed answers", 1],
    [
      "other answers where both were undecided",
      { probabilities: near },
      { turned: [3, 500], probabilities: near },
      [],
      "with changed answers only between nearly equal options (rounding)",
      0,
    ],
    [
      "other answers where one side was sure",
      { probabilities: near },
      { turned: [3] },
      [],
      "with changed answers",
      1,
    ],
    [
      "within a tolerance, by chance",
      {},
      { turned: range(0, 4) },
      ["--tolerance", "1"],
      "within the tolerance of 1 points",
      0,
    ],
    [
      "beyond a tolerance",
      {},
      { turned: range(0, 8) },
      ["--tolerance", "1"],
      "with changed answers",
      1,
    ],
    [
      "within a tolerance, but beyond chance",
      {},
      { turned: range(0, 8) },
      ["--tolerance", "5"],
      "with changed answers",
      1,
    ],
    ["another seed", {}, { changes: seeded(2) }, [], "of another experiment", 1],
    [
      "shuffled labels",
      {},
      { changes: { conditions: { labels: "shuffled" } } },
      ["--tolerance", "100"],
      "of another experiment",
      1,
    ],
    [
      "an 8-bit encoder",
      {},
      { changes: { conditions: { dtype: "q8" } } },
      [],
      "of another experiment",
      1,
    ],
    [
      "another creator",
      {},
      { changes: { completions: { model: "gpt-5" } } },
      [],
      "of another experiment",
      1,
    ],
    [
      "another backend, a replay",
      {},
      { changes: { conditions: { backend: "wasm" }, completions: { kind: "replay" } } },
      [],
      "with the same answer to every item",
      0,
    ],
    [
      "a model file in another folder",
      { changes: { completions: { model: "/a/m.gguf" } } },
      { changes: { completions: { model: "/b/m.gguf" } } },
      [],
      "with the same answer to every item",
      0,
    ],
    [
      "another test file",
      { changes: { inputs: { classifier: "0f", test: "aa" } } },
      { changes: { inputs: { classifier: "0f", test: "bb" } } },
      [],
      "on other test items",
      1,
    ],
  ])("%s", async (_, a, b, args, status, code) => {
    const compared = await runCompare(makeResults(a), makeResults(b), ...args);
    expect(compared.verdict).toContain(`1 cell ${status}`);
    expect(compared.code).toBe(code);
    const opening = { 0: "A and B agree", 1: /^(A and B disagree|It cannot be told)/ }[code];
    expect(compared.verdict).toMatch(opening as string);
  });

  test("shows both accuracies, the exact p and what differs", async () => {
    const machine = {
      ...{ seedling: "0.2.0", system: "Linux x64", processor: "x", cores: 2, memory: 8 },
    };
    const a = makeResults({ changes: { machine: { ...machine, node: "20.1.0" } } });
    const b = makeResults({
      changes: { machine: { ...machine, node: "24.1.0" } },
      turned: range(0, 6),
    });
    const { out } = await runCompare(a, b);
    // Six items of A alone: 2 / 2^6.
    expect(out).toMatch(/tree +686 +58\.31 +57\.43 +\+0\.9 .* 0\.031 +6 +differs/);
    expect(out).toMatch(/Node\.js +20\.1\.0 +24\.1\.0 +1 of 1/);
  });

  test("p holds for all cells together, seeds of a cell stand in one row", async () => {
    const cells = (turned: readonly number[]): Made[] =>
      [1, 2].flatMap((seed) => [
        { changes: seeded(seed), turned },
        { changes: { ...seeded(seed), conditions: { head: "mlp" } } },
      ]);
    const { out, verdict } = await runCompare(
      makeResults(...cells([])),
      makeResults(...cells(range(0, 6))),
    );
    // Each of six items counts twice: 2 / 2^6 again, times two cells.
    expect(out).toMatch(/tree +2 +686 +58\.31 +57\.43 +\+0\.9 .* 0\.063 +12 +differs/);
    expect(verdict).toBe(
      "A and B disagree: 1 cell with the same answer to every item, 1 cell with changed answers.",
    );
  });

  test("seeds on other test items are other cells", async () => {
    const grown = { test: { n: 700, correct: 410, labels: { true: 350, false: 350 } } };
    const made: Made[] = [
      { changes: seeded(1) },
      { changes: { ...seeded(2), ...grown } },
      { changes: { ...seeded(3), inputs: { classifier: "0f", test: "aa" } } },
    ];
    const { verdict } = await runCompare(makeResults(...made), makeResults(...made));
    expect(verdict).toBe("A and B agree: 3 cells with the same answer to every item.");
    const { err, code } = await runCompare(makeResults(...made), makeResults(made[0] as Made));
    expect({ err, code }).toEqual({ err: "", code: 1 });
  });

  test("what one side lacks leaves it open", async () => {
    const both: Made = {};
    const more: Made = { changes: { source: "human", completions: null } };
    const { code, verdict } = await runCompare(makeResults(both), makeResults(both, more));
    expect(verdict).toBe(
      "It cannot be told whether A and B agree: 1 cell with the same answer to every item, 1 cell only in B.",
    );
    expect(code).toBe(1);
  });

  test("names what is left out of a side", async () => {
    const a = makeResults({}, { changes: seeded(2) });
    writeFileSync(join(a, "evaluations/creak/tree/1/creak/items.jsonl"), "{}\n");
    const { out } = await runCompare(a, makeResults({}));
    expect(out).toMatch(/left out: evaluations\/creak\/tree\/1\/creak\/manifest\.json: unreadable/);
  });
});

describe("published counts", () => {
  async function publish(results: string): Promise<string> {
    expect((await runProgram(tables, ["--results", results])).code).toBe(0);
    return join(results, "tables");
  }

  test("compare as the results that they were made of, and hold no text of an item", async () => {
    const test = { options: "varying", labels: null } as const;
    const results = makeResults({ changes: { test } });
    const published = await publish(results);
    expect((await runCompare(results, published)).verdict).toBe(
      "A and B agree: 1 cell with the same answer to every item.",
    );
    expect(
      (await runCompare(makeResults({ changes: { test }, turned: [3] }), published)).code,
    ).toBe(1);
    const text = readFileSync(join(published, "counts.jsonl"), "utf8");
    expect(text).not.toMatch(/option \d|another option/);
  });

  test.each<[string, (line: string) => string, string]>([
    ["cut", (line) => line.slice(0, 100), "counts.jsonl:1: "],
    ["of too few items", (line) => line.replace(/"right":"1/, '"right":"'), "expected the counts"],
    ["empty", () => "", "expected evaluations, or published tables with counts.jsonl; got none"],
  ])("a file that is %s is bad input", async (_, spoil, message) => {
    const published = await publish(makeResults({}));
    const file = join(published, "counts.jsonl");
    writeFileSync(file, spoil(readFileSync(file, "utf8")));
    const { code, err } = await runCompare(published, published);
    expect(code).toBe(2);
    expect(err).toContain(message);
  });

  test("a link is refused, and followed where that is asked for", async () => {
    const published = await publish(makeResults({}));
    const linked = tempFolder();
    symlinkSync(join(published, "counts.jsonl"), join(linked, "counts.jsonl"));
    const refused = await runCompare(published, linked);
    expect(refused.err).toContain("--follow-links follows it");
    expect(refused.code).toBe(2);
    expect((await runCompare(published, linked, "--follow-links")).code).toBe(0);
  });
});

test("writes all of it as JSON", async () => {
  const out = join(tempFolder(), "comparison.json");
  const { code } = await runCompare(makeResults({}), makeResults({ turned: [3] }), "--out", out);
  expect(code).toBe(1);
  const { verdict, cells } = JSON.parse(readFileSync(out, "utf8"));
  expect({ verdict, cells }).toMatchObject({
    verdict: "disagree",
    cells: [{ status: "differs", changed: 1, p: 1, accuracy: { a: 400 / 686, b: 399 / 686 } }],
  });
});

test.each([
  [["/no/such/folder", "/no/such"], "no folder /no/such/folder"],
  [["/no/such/folder"], "missing required argument"],
  [[".", ".", "--tolerance", "x"], "--tolerance"],
])("%j is bad input", async (args, message) => {
  const { code, err } = await runCompare(...args);
  expect(code).toBe(2);
  expect(err).toContain(message);
});

test("a run that is made again agrees, one of another draw does not", {
  timeout: 60_000,
}, async () => {
  const made = `--data yesno_open/boolq --data-dir ${copySampleRows()} --setting human --examples 12 --encoder bag-of-words`;
  const run = async (more: string) => {
    const results = tempFolder();
    expect((await runPipeline(`${made} --results ${results} ${more}`, {})).code).toBe(0);
    return results;
  };
  const first = await run("");
  expect((await runCompare(first, await run(""))).verdict).toMatch(/^A and B agree: /);
  const other = await run("--seed 2 --labels shuffled");
  expect((await runCompare(first, other)).verdict).toMatch(/^A and B disagree: /);
});
