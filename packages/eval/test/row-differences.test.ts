import { describe, expect, test } from "vitest";
import { listHumanDifferences } from "../src/tables/rows.ts";
import { rowsOf } from "./analysis-of.ts";
import { evaluation, seeded } from "./manifests.ts";

describe("human rows", () => {
  const human = (n: number) =>
    evaluation({ source: "human", completions: null, train: { n, target: n } });

  test.each([
    ["are human rows, not ones at the same N", 10176, "human"],
    ["are, too, where a tenth is held out", 9158, "human"],
    ["are not, where more is", 9157, "human, same N"],
  ] as const)("of created data at full size %s", (_, n, role) => {
    const [row, tree] = rowsOf(3, evaluation({ train: { n, target: n } }), human(n));
    const isFull = role === "human";
    expect(row?.role).toBe(role);
    expect(tree?.toHuman).toMatchObject({
      [isFull ? "sameN" : "largest"]: null,
      [isFull ? "largest" : "sameN"]: { against: { label: role, n } },
      largestIsFull: isFull,
    });
  });

  test("are compared with by every created row: at the same N and at full size", () => {
    const created = evaluation({ test: { correct: 390 } });
    const rows = rowsOf(3, created, human(10176), human(100));
    const { sameN: same, largest: full } = rows.at(-1)?.toHuman ?? {};
    expect(same?.against).toMatchObject({ label: "human, same N", n: 100, seeds: 1 });
    expect(full?.against).toMatchObject({ label: "human", n: 10176, seeds: 1 });
    expect(same?.estimate.value).toBeCloseTo(-10 / 686);
    // 10 items that human rows alone answer rightly: 2 x 0.5^10.
    expect(same).toMatchObject({ test: "McNemar, exact", paper: -0.0845 });
    expect(same?.p).toBeCloseTo(2 / 1024);
    expect(same?.adjustedP).toBeCloseTo(4 / 1024);
  });

  test("that repeat another's seeds are not compared with", () => {
    for (const n of [100, 200, 300, 400]) {
      const size = { train: { n, target: n } };
      const first = evaluation({ source: "human", completions: null, ...size });
      const again = {
        ...first,
        test: { ...first.test, correct: 300 },
        createdAt: "2026-01-11T09:00:00Z",
      };
      const tree = rowsOf(3, again, first, evaluation(size)).at(-1);
      expect(tree && listHumanDifferences(tree).map(({ estimate }) => estimate.value)).toEqual([0]);
    }
  });

  test("of another student, test file or way of training are not compared with", () => {
    const other = [
      { student: { encoder: "another" } },
      { conditions: { features: "pair" } },
      { inputs: { test: "another file" } },
      { dev: { source: "created" } as const },
    ].map((change) => evaluation({ source: "human", completions: null, ...change }));
    for (const row of rowsOf(3, evaluation(), ...other))
      expect(listHumanDifferences(row)).toEqual([]);
  });

  test("are compared with whatever a created row was created by", () => {
    const row = evaluation({ conditions: { replies: "strict", instruction: "original" } });
    expect(rowsOf(3, row, human(100)).at(-1)?.toHuman.sameN).not.toBeNull();
  });
});

describe("several seeds", () => {
  const three = (change: object) =>
    [1, 2, 3].map((seed) => evaluation({ ...seeded(seed), ...change }));
  const tree = three({}).map((one, at) => ({ ...one, test: { ...one.test, correct: 400 + at } }));
  const human = three({ source: "human", completions: null, test: { correct: 430 } });

  test("take the larger p of a permutation and a t test", () => {
    const [, row] = rowsOf(3, ...tree, ...human);
    const difference = row?.toHuman.sameN;
    expect(difference?.test).toBe("paired permutation and t, the larger p");
    expect(difference?.estimate.value).toBeCloseTo((401 - 430) / 686);
    expect(difference?.p).toBeLessThan(0.001);
    expect(difference?.against.seeds).toBe(3);
    expect(difference?.verdict).toEqual({ verdict: "holds", underpowered: false });
  });
});

describe("a tree", () => {
  const other = (source: "random" | "naive", change: object = {}) =>
    evaluation({ source, test: { correct: 380 }, ...change });

  test("is compared with the other settings of its creator, flags and size", () => {
    const rows = rowsOf(
      3,
      evaluation(),
      other("naive"),
      other("random", { conditions: { chains: 8 } }),
    );
    expect(rows.at(-1)?.toSettings.map(({ against, paper }) => [against.label, paper])).toEqual([
      ["naive", null],
      ["random", 0.0481],
    ]);
    expect(rows.at(-1)?.toSettings[1]?.verdict?.verdict).toBe("holds");
  });

  test("is compared with the one at its own N, of the most seeds, before one that stopped short", () => {
    const short = other("random", { train: { n: 37, target: 100 } });
    const rows = rowsOf(
      3,
      short,
      other("random", seeded(2)),
      other("random", seeded(3)),
      evaluation(),
    );
    expect(rows.at(-1)?.toSettings.map(({ against: { n, seeds } }) => [n, seeds])).toEqual([
      [100, 2],
    ]);
  });

  test.each([
    ["creator", { completions: { model: "another" } }],
    ["way of creating", { conditions: { replies: "strict" } }],
    ["size", { train: { target: 50, n: 50 } }],
  ])("is not compared with those of another %s", (_, change) => {
    const rows = rowsOf(3, evaluation(), other("random", change));
    expect(rows.find(({ role }) => role === "tree")?.toSettings).toEqual([]);
  });
});
