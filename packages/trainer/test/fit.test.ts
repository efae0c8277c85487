import { describe, expect, it } from "vitest";
import { argMax, computeCrossEntropy, judgeTrial, softmax } from "../src/data/metrics.ts";
import { isBetterTrial, pickSettings, type TrialResult } from "../src/data/trials.ts";
import { fitLinear } from "../src/head/fit-linear.ts";
import {
  addTrials,
  type FitData,
  type Head,
  type HeadTrials,
  takeBestHead,
  type VectorItem,
} from "../src/head/head.ts";
import { minimise } from "../src/head/lbfgs.ts";
import { countParameters, createObjective } from "../src/head/linear-objective.ts";
import { l2Path } from "../src/head/linear-options.ts";
import { stackRows } from "../src/head/matrix.ts";
import { choices, separable, toFitData, vector } from "./items.ts";

const sines = (i: number) =>
  Float32Array.from({ length: 4 }, (_, j) => Math.sin(1 + 2.7 * i + 1.3 * j * i + 0.9 * j));
const noise = (i: number) => 0.7 * Math.sin(5.1 * i);
const at = (x: Float32Array, i: number) => x[i] ?? 0;

/** Sixty vectors, each of a class that a rule gives it. */
function classes(count: number, rule: (x: Float32Array, i: number) => number): VectorItem[] {
  return Array.from({ length: 60 }, (_, i) => {
    const label = rule(sines(i), i);
    const right = Array.from({ length: count }, (_, one) => one === label);
    return { vectors: [sines(i)], label, right };
  });
}

const two = classes(2, (x, i) => (at(x, 0) + 0.5 * at(x, 1) + noise(i) > 0 ? 1 : 0));
const three = classes(3, (x, i) => {
  const value = at(x, 0) + noise(i);
  return value < -0.4 ? 0 : value < 0.4 ? 1 : 2;
});
const pairs: VectorItem[] = Array.from({ length: 30 }, (_, i) => {
  const vectors = [sines(2 * i), sines(2 * i + 1)];
  const [u, v] = vectors as [Float32Array, Float32Array];
  const margin = at(v, 0) - at(u, 0) - 0.3 * (at(v, 2) - at(u, 2)) + noise(2 * i);
  return { vectors, label: margin > 0 ? 1 : 0, right: [margin <= 0, margin > 0] };
});

/** A head's columns, then its biases. */
function toNumbers({ output: { weight, bias, inputs, outputs } }: Head): number[] {
  const columns = Array.from({ length: outputs }, (_, output) =>
    Array.from({ length: inputs }, (_, input) => weight[input * outputs + output] ?? 0),
  );
  return [...columns.flat(), ...(bias ?? [])];
}

/*
 * scikit-learn 1.x, LogisticRegression(C, tol=1e-12).fit on the vectors above, with C = 2 / (n l2) for two
 * classes (its one column is the difference of ours), 1 / (n l2) for three, and for a choice of two the
 * same on differences of options without an intercept. Its intercepts of three classes sum to 0 as ours do.
 */
const half = [3.22946155, 1.22855039, -0.5920952, 0.29534226].map((value) => value / 2);
const byScikitLearn: [string, FitData, number[], number][] = [
  [
    "two classes",
    toFitData("classes", two, two),
    [...half.map((value) => -value), ...half, 0.18333461 / 2, -0.18333461 / 2],
    0.3333938347693864,
  ],
  [
    "three classes",
    toFitData("classes", three, three),
    [
      ...[-1.76019992, -0.07204879, -0.06356022, 0.14171348],
      ...[0.03291301, -0.07959136, 0.03096117, -0.19128093],
      ...[1.72728691, 0.15164014, 0.03259905, 0.04956745],
      ...[-0.24477671, 0.41123101, -0.1664543],
    ],
    0.8019297823125355,
  ],
  [
    "a choice",
    toFitData("choice", pairs, pairs),
    [2.51316529, -0.33070996, -0.31243539, 0.38910854],
    0.2079371492349465,
  ],
];

describe("fitLinear", () => {
  it.each(byScikitLearn)("finds scikit-learn's optimum of %s", async (_, data, numbers, value) => {
    const { head, log } = await fitLinear(data, { path: [0.01] });
    for (const [i, found] of toNumbers(head).entries())
      expect(found).toBeCloseTo(numbers[i] ?? 0, 4);
    expect(log[0]?.trainLoss).toBeCloseTo(value, 8);
    expect(log[0]).toMatchObject({ l2: 0.01, converged: true });
  });

  it("comes to the same from the penalty before as from nothing", async () => {
    const data = toFitData(
      "classes",
      three,
      two.map((item, i) => ({ ...item, ...three[i] })),
    );
    const { log } = await fitLinear(data);
    const alone = await fitLinear(data, { path: [0.001] });
    expect(log.map((point) => "l2" in point && point.l2)).toEqual(l2Path);
    expect(log[4]?.trainLoss).toBeCloseTo(alone.log[0]?.trainLoss ?? 0, 7);
  });

  it.each([
    ["classes", separable(60)],
    ["choice", choices(60)],
  ] as const)("learns separable %s, and gives the same bytes again", async (kind, items) => {
    const data = toFitData(kind, items.slice(0, 40), items.slice(40));
    const fit = await fitLinear(data);
    expect(fit.point).toMatchObject({ devAccuracy: 1, collapsed: false });
    expect(await fitLinear(data)).toEqual(fit);
  });

  it("keeps the stronger penalty of equals, and says when all answers are one", async () => {
    const same = separable(20).map((item) => ({ ...item, vectors: [vector(0, 0, 0)] }));
    const { point } = await fitLinear(toFitData("classes", same, same));
    expect(pickSettings(point)).toEqual({ l2: 0.1 });
    expect(point).toMatchObject({ devAccuracy: 0.5, devLoss: Math.log(2), collapsed: true });
  });

  it("says so when no loss is finite", async () => {
    const items = separable(20).map((item) => ({ ...item, vectors: [vector(Number.NaN, 0, 0)] }));
    await expect(fitLinear(toFitData("classes", items, items))).rejects.toThrow(
      /^training failed in every trial \(L2 penalty 0.1; .+; L2 penalty 1e-5\): the loss was never finite/,
    );
  });
});

describe("openObjective", () => {
  it.each([
    ["two classes", toFitData("classes", two, two)],
    ["three classes", toFitData("classes", three, three)],
    ["a choice", toFitData("choice", choices(30), choices(30))],
  ])("has the gradient of %s that differences show", (_, data) => {
    const matrix = stackRows(data.train.flatMap(({ vectors }) => vectors));
    const rows = { items: data.train, matrix };
    const objective = createObjective(data, rows)(0.05);
    const point = Float64Array.from({ length: countParameters(data) }, (_, i) => Math.cos(i));
    const gradient = new Float64Array(point.length);
    objective(point, gradient);
    const beside = new Float64Array(point.length);
    for (const [i, slope] of gradient.entries()) {
      const value = (delta: number) =>
        objective(
          point.map((one, place) => (place === i ? one + delta : one)),
          beside,
        );
      expect((value(1e-5) - value(-1e-5)) / 2e-5).toBeCloseTo(slope, 7);
    }
  });
});

describe("minimise", () => {
  const isNear = (gradient: Float64Array) => gradient.every((slope) => Math.abs(slope) <= 1e-9);

  it("finds the bottom of a long valley", async () => {
    const scales = [1, 10, 100, 1000];
    const found = await minimise(
      (point, gradient) => {
        let value = 0;
        for (const [i, scale] of scales.entries()) {
          const off = (point[i] ?? 0) - i;
          gradient[i] = 2 * scale * off;
          value += scale * off * off;
        }
        return value;
      },
      new Float64Array(4),
      { isNear, iterations: 100 },
    );
    expect(found.converged).toBe(true);
    for (const i of [0, 1, 2, 3]) expect(found.point[i]).toBeCloseTo(i, 9);
  });

  it("is the same in memory that another search has used", async () => {
    const hill = (point: Float64Array, gradient: Float64Array) => {
      for (const i of [0, 1, 2])
        gradient[i] = 2 * (i + 1) * ((point[i] ?? 0) - i) + (point[i] ?? 0) ** 3;
      return [0, 1, 2].reduce(
        (sum, i) => sum + (i + 1) * ((point[i] ?? 0) - i) ** 2 + (point[i] ?? 0) ** 4 / 4,
        0,
      );
    };
    const free: Float64Array[] = [];
    const search = () => minimise(hill, new Float64Array(3), { isNear, iterations: 50, free });
    const [first, second] = [await search(), await search()];
    expect(first.converged).toBe(true);
    expect(second).toEqual(first);
    expect(free.length).toBeGreaterThan(6);
  });

  it("ends after its iterations, and at a value that is not finite", async () => {
    const slope = (point: Float64Array, gradient: Float64Array) => {
      gradient[0] = -1;
      return -(point[0] ?? 0);
    };
    const limits = { isNear, iterations: 3 };
    const ended = await minimise(slope, new Float64Array(1), limits);
    expect(ended).toMatchObject({ iterations: 3, converged: false });
    const nan = await minimise(() => Number.NaN, new Float64Array(1), limits);
    expect(nan).toMatchObject({ iterations: 0, value: Number.NaN });
  });
});

describe("isBetter", () => {
  const point = (devAccuracy: number | null, devLoss: number | null) => ({ devAccuracy, devLoss });
  it.each([
    ["higher accuracy, though a higher loss", point(0.6, 9), point(0.5, 1)],
    ["lower loss", point(0.5, 1), point(0.5, 2)],
    ["any number before none", point(0, 99), point(null, null)],
  ])("%s", (_, better, worse) => {
    expect(isBetterTrial(better, worse)).toBe(true);
    expect(isBetterTrial(worse, better)).toBe(false);
    expect(isBetterTrial(better, null)).toBe(true);
  });

  it("is never said of a point that is not finite, nor of an equal one", () => {
    expect(isBetterTrial(point(null, null), null)).toBe(false);
    expect(isBetterTrial(point(0.5, 1), point(0.5, 1))).toBe(false);
  });
});

describe("toFit", () => {
  const head: Head = {
    dense: null,
    output: { inputs: 1, outputs: 1, weight: vector(1), bias: null },
  };
  const toTrial = (n: number, trainLoss: number): HeadTrials<TrialResult & { n: number }> => {
    const dev = Array.from({ length: 10 }, (_, i) => ({ label: 0, right: [i < n, i >= n] }));
    const scores = dev.map((_, i) => [0, i === 0 ? -1 : -2]);
    const point = { n, ...judgeTrial(trainLoss, dev, scores) };
    return { log: [point], best: { point, head } };
  };

  it("takes the best and keeps all, those that are not finite without their numbers", () => {
    const trials: ReturnType<typeof toTrial> = { log: [], best: null };
    for (const one of [toTrial(4, 1), toTrial(9, Number.NaN), toTrial(5, 1)])
      addTrials(trials, one);
    const fit = takeBestHead(trials);
    expect(fit.point).toMatchObject({ n: 5, trainLoss: 1, devAccuracy: 0.5, collapsed: true });
    expect(fit.log[1]).toEqual({
      n: 9,
      trainLoss: null,
      devLoss: null,
      devAccuracy: null,
      collapsed: false,
    });
    expect(fit.log).toHaveLength(3);
  });
});

describe("scores", () => {
  it("counts an answer right by its text, and takes the first of equal scores", () => {
    const items = [
      { label: 0, right: [true, false, true] },
      { label: 1, right: [false, true] },
    ];
    const { devAccuracy, devLoss, collapsed } = judgeTrial(1, items, [
      [0, 0, 1],
      [2, 2],
    ]);
    expect(devAccuracy).toBe(0.5);
    expect(devLoss).toBeCloseTo((Math.log(2 + Math.E) + Math.log(2)) / 2, 6);
    expect(collapsed).toBe(false);
  });

  it.each([
    [
      [0, 0],
      [0.5, 0.5],
    ],
    [
      [1000, 1000 + Math.log(3)],
      [0.25, 0.75],
    ],
    [
      [-1e9, 0],
      [0, 1],
    ],
  ])("softmax of %j", (scores, probabilities) => {
    for (const [i, value] of softmax(scores).entries())
      expect(value).toBeCloseTo(probabilities[i] ?? 0);
    expect(computeCrossEntropy(scores, { label: 1 })).toBeCloseTo(-Math.log(probabilities[1] ?? 0));
  });

  it("argMax takes the first of several", () => {
    expect([[1], [0, 2, 2], [3, 2, 3]].map(argMax)).toEqual([0, 1, 0]);
  });
});
