import { createRandom } from "@seedling/core/internal";
import { describe, expect, it } from "vitest";
import { balanceClasses, type LabelledItem } from "../src/data/examples.ts";
import { dealByLabel } from "../src/data/folds.ts";
import { argMax } from "../src/data/metrics.ts";
import { fitLinear } from "../src/head/fit-linear.ts";
import type { Head, VectorItem } from "../src/head/head.ts";
import { scoreLinear } from "../src/head/linear-head.ts";
import { addPenalty, countParameters } from "../src/head/linear-objective.ts";
import { choosePenalty, createFitProgress } from "../src/head/linear-options.ts";
import { stackRows } from "../src/head/matrix.ts";
import { placeRows } from "../src/head/row-products.ts";
import { choices, toFitData, vector } from "./items.ts";

const unit = (numbers: Float32Array) => {
  const length = Math.hypot(...numbers);
  return numbers.map((value) => value / length);
};

/** Vectors of length 1 near to their class's direction, so many of each class. */
function draw(counts: readonly number[], spread: number, dimensions = 8): VectorItem[] {
  const random = createRandom("even", ...counts);
  return counts.flatMap((count, label) =>
    Array.from({ length: count }, () => {
      const numbers = Float32Array.from({ length: dimensions }, () => spread * random.normal());
      numbers[label] = (numbers[label] ?? 0) + 1;
      const right = counts.map((_, at) => at === label);
      return { vectors: [unit(numbers)], label, right };
    }),
  );
}

const axes = (count: number, dimensions = 8) =>
  Array.from({ length: count }, (_, at) => {
    return Float32Array.from({ length: dimensions }, (_, i) => (i === at ? 1 : 0));
  });

const toNumbers = ({ output }: Head) => [...output.weight, ...(output.bias ?? [])];

const expectClose = (one: Head, other: Head, digits: number) => {
  const numbers = toNumbers(other);
  for (const [i, number] of toNumbers(one).entries())
    expect(number).toBeCloseTo(numbers[i] ?? Number.NaN, digits);
};

it("what is judged on dev is the head that is kept", async () => {
  const data = toFitData("classes", draw([30, 20, 9, 4], 0.6), draw([5, 5, 5, 5], 0.6));
  const { point } = await fitLinear(data, { penalty: "loss" });
  const given = await fitLinear(data, { penalty: point.l2 });
  expect(point.devLoss).toBeCloseTo(given.point.devLoss ?? 0, 3);
});

describe("a given penalty", () => {
  it.each([
    ["two classes", toFitData("classes", draw([30, 20], 0.6), draw([5, 5], 0.6))],
    ["four classes", toFitData("classes", draw([30, 20, 9, 4], 0.6), draw([5, 5, 5, 5], 0.6))],
    ["fewer rows than dimensions", toFitData("classes", draw([2, 3], 0.6), draw([5, 5], 0.6))],
    ["a choice", toFitData("choice", choices(30), choices(20))],
  ])("finds the optimum that the path finds: %s", async (_, data) => {
    const path = await fitLinear(data, { path: [0.01] });
    const even = await fitLinear(data, { penalty: 0.01 });
    expectClose(even.head, path.head, 3);
    expect(even.point).toMatchObject({ l2: 0.01, converged: true });
    expect(even.point.devLoss).toBeCloseTo(path.point.devLoss ?? 0, 2);
  });
});

describe("names", () => {
  it.each([2, 3])("have the gradient of %i classes that differences show", (outputs) => {
    const items = draw([5, 4, 3].slice(0, outputs), 0.5);
    const shape = { dimensions: 8, outputs };
    const matrix = Float64Array.from(stackRows(items.flatMap(({ vectors }) => vectors)));
    const losses = placeRows(
      shape,
      matrix,
      items.map(({ vectors }) => ({ vectors, group: 0 })),
    ).sumLosses(items);
    const columns = outputs === 2 ? 1 : outputs;
    const names = Float64Array.from({ length: 8 * columns }, (_, i) => Math.sin(2 * i));
    const objective = addPenalty(shape, items.length, losses, names)(0.05);
    const point = Float64Array.from({ length: countParameters(shape) }, (_, i) => Math.cos(i));
    const gradient = new Float64Array(point.length);
    objective(point, gradient);
    const other = new Float64Array(point.length);
    for (const [i, slope] of gradient.entries()) {
      const value = (delta: number) =>
        objective(
          point.map((one, place) => (place === i ? one + delta : one)),
          other,
        );
      expect((value(1e-5) - value(-1e-5)) / 2e-5).toBeCloseTo(slope, 7);
    }
  });

  it("give a label that no example has its place", async () => {
    const train = draw([8, 8, 8, 0], 0.3).map((item) => ({ ...item }));
    const dev = draw([6, 6, 6, 6], 0.3);
    const data = toFitData("classes", train, dev);
    const penalty = 0.01;
    const without = await fitLinear(data, { penalty });
    const named = await fitLinear(data, { penalty, names: axes(4) });
    expect(without.point.devAccuracy).toBeLessThanOrEqual(0.75);
    expect(named.point.devAccuracy).toBeGreaterThan(0.9);
  });

  it("that mislead are read with the factor 0, and left out where that may be chosen", async () => {
    const train = draw([20, 20, 20], 0.5);
    const data = toFitData("classes", train, draw([20, 20, 20], 0.4));
    const turned = [...axes(4).slice(1, 3), ...axes(1)];
    const read = await fitLinear(data, { penalty: 0.01, names: turned });
    expect(read.point.names).toBe(0);
    const options = { penalty: "loss", names: turned, choosesNames: true } as const;
    const { point, log } = await fitLinear(data, options);
    expect(point.names ?? 0).toBe(0);
    expect(log.some(({ names }) => names !== undefined)).toBe(true);
    const strong = { ...options, path: [0.1, 0.03] };
    const right = await fitLinear(data, { ...strong, names: axes(3) });
    expect(right.point.names).toBeGreaterThan(1);
  });
});

describe("class weights", () => {
  it("do what as many examples of each class do", async () => {
    const few = draw([12, 4, 3], 0.6);
    const even = few.flatMap((item) => Array<VectorItem>([1, 3, 4][item.label] ?? 0).fill(item));
    const dev = draw([5, 5, 5], 0.6);
    const penalty = 0.01;
    const weighted = await fitLinear(toFitData("classes", few, dev), { penalty, isBalanced: true });
    const repeated = await fitLinear(toFitData("classes", even, dev), { penalty });
    expectClose(weighted.head, repeated.head, 3);
  });

  it("count a target's probabilities", () => {
    const item = (label: number, target?: number[]): LabelledItem => {
      return { label, right: [label === 0, label === 1], ...(target && { target }) };
    };
    const [first, second, third] = balanceClasses([item(0), item(0, [0.5, 0.5]), item(0, [1, 0])]);
    // 2.5 of three count for the first class, 0.5 for the second.
    expect(first?.weight).toBeCloseTo(3 / (2 * 2.5));
    expect(second?.weight).toBeCloseTo(0.5 * 0.6 + 0.5 * 3);
    expect(second?.target?.[1]).toBeCloseTo(1.5 / 1.8);
    expect(third?.target).toEqual([1, 0]);
  });
});

it("a target counts as an example of each label, with its probability as weight", async () => {
  const [soft, hard] = [draw([10, 10], 0.6), draw([10, 10], 0.6)].map((items, kind) =>
    items.flatMap((item): VectorItem[] =>
      kind === 0
        ? [{ ...item, target: item.label === 0 ? [0.75, 0.25] : [0.1, 0.9] }]
        : [0, 1].map((label) => ({
            ...item,
            label,
            weight: 2 * ((item.label === 0 ? [0.75, 0.25] : [0.1, 0.9])[label] ?? 0),
          })),
    ),
  );
  const dev = draw([5, 5], 0.6);
  const heads = await Promise.all(
    [soft, hard].map((train) =>
      fitLinear(toFitData("classes", train ?? [], dev), { penalty: 0.01 }),
    ),
  );
  expectClose(heads[0]?.head as Head, heads[1]?.head as Head, 3);
});

describe("folds", () => {
  it.each([
    [[50, 30, 20], 5],
    [[3, 1, 1, 1], 5],
    [[12, 8], 10],
  ])("deal %j rows of each label evenly to %i parts", (counts, parts) => {
    const labels = counts.flatMap((count, label) => Array<number>(count).fill(label));
    const dealt = dealByLabel(labels, parts, 3);
    for (const [label, count] of [...counts.entries(), [-1, labels.length] as const]) {
      const own = dealt.filter((_, row) => label === -1 || labels[row] === label);
      for (let part = 0; part < parts; part++) {
        const n = own.filter((one) => one === part).length;
        expect(Math.abs(n - count / parts)).toBeLessThan(1);
      }
    }
    expect(dealByLabel(labels, parts, 3)).toEqual(dealt);
    expect(dealByLabel(labels, parts, 4)).not.toEqual(dealt);
  });

  it("judge each example by a fit to the others, then fit all", async () => {
    const train = draw([20, 20], 0.7);
    const folds = dealByLabel(
      train.map(({ label }) => label),
      5,
      1,
    );
    const data = { ...toFitData("classes", train, []) };
    const found = await fitLinear(data, { penalty: "loss", folds });
    const { head, point, log, outOfFold } = found;
    expect(point.devLoss).toBe(Math.min(...log.map(({ devLoss }) => devLoss ?? Number.NaN)));
    const whole = await fitLinear({ ...data, dev: train }, { penalty: point.l2 });
    expectClose(head, whole.head, 3);
    expect(await fitLinear(data, { penalty: "loss", folds })).toEqual(found);
    // In the order of what is trained on, each by a fit to the other folds.
    const fold = folds[7];
    const others = train.filter((_, i) => folds[i] !== fold);
    const without = await fitLinear(toFitData("classes", others, train), { penalty: point.l2 });
    const [expected] = scoreLinear(without.head, train.slice(7, 8));
    expect(outOfFold?.[7]?.[0]).toBeCloseTo(expected?.[0] ?? 0, 1);
    const judged = train.map((item, i) => ({ item, scores: outOfFold?.[i] ?? [] }));
    const right = judged.filter(({ item, scores }) => item.right[argMax(scores)]);
    expect(right.length / train.length).toBe(point.devAccuracy);
  });
});

it("weak labels have a stronger penalty", () => {
  expect([null, 0.9, 0.8, 0.79].map(choosePenalty)).toEqual([0.003, 0.003, 0.003, 0.03]);
});

it("a long fit has a line every ten seconds", () => {
  const lines: string[] = [];
  let now = 0;
  const progress = createFitProgress(
    (line) => lines.push(line),
    () => now,
  );
  for (const [at, done] of [
    [9_000, 3],
    [10_000, 4],
    [15_000, 6],
    [21_000, 9],
    [40_000, 46],
  ] as const) {
    now = at;
    progress(done, 46);
  }
  expect(lines).toEqual([
    "  4 of at most 46 fits of the head done",
    "  9 of at most 46 fits of the head done",
  ]);
});

it("a vector that is not finite fails in every trial", async () => {
  const items = draw([5, 5], 0.5).map((item) => ({ ...item, vectors: [vector(Number.NaN, 0)] }));
  await expect(fitLinear(toFitData("classes", items, items), { penalty: 0.01 })).rejects.toThrow(
    /^training failed in every trial \(L2 penalty 0.01\)/,
  );
});
