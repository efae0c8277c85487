import { expect, test } from "vitest";
import { analysisOf, human } from "./analysis-of.ts";
import { evaluation, onStrategyqa, seeded } from "./manifests.ts";

/** StrategyQA's tree row of seeds with so many right answers of 115, always on the first items, and a human row. */
function rowOf(...corrects: number[]) {
  const shape = { task: "yesno_close/strategyqa" };
  const test = { ...onStrategyqa, kind: "in-domain" } as const;
  const view = analysisOf(
    evaluation({ ...shape, ...human, test }),
    ...corrects.map((correct, place) =>
      evaluation({ ...shape, ...seeded(place + 1), test: { ...test, correct } }),
    ),
  );
  const row = view.tables[3].rows.find((one) => one.kind === "cell" && one.cell.source === "tree");
  if (row?.kind !== "cell") throw new Error("expected a tree row");
  return row;
}

test("seeds that answer all alike say of the paper's figure and of a difference what one seed says", () => {
  const [alike, single, apart] = [rowOf(54, 54, 54), rowOf(54), rowOf(54, 54, 55)];
  expect(alike.cell).toMatchObject({ seeds: 3, sameAnswers: true, interval: single.cell.interval });
  // Of the paper's 56.52 % one run of 46.96 % on 115 items tells nothing.
  expect(alike.paper).toEqual(single.paper);
  expect(alike.paper?.verdict).toBe("underpowered");
  expect(apart.paper?.verdict).toBe("lower");
  const [toHuman, ofSingle] = [alike.toHuman.sameN, single.toHuman.sameN];
  expect(toHuman?.estimate).toEqual(ofSingle?.estimate);
  expect(toHuman?.p).toBe(ofSingle?.p);
  expect(toHuman?.test).toBe("McNemar, exact");
  expect(apart.toHuman.sameN?.test).toBe("paired permutation and t, the larger p");
});
