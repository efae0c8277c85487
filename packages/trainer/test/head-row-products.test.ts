import { describe, expect, it } from "vitest";
import { addPenalty, countParameters, createObjective } from "../src/head/linear-objective.ts";
import { addWeightedRows, multiplyRows } from "../src/head/matrix.ts";
import { createSparseKernel, openDenseKernel, openRowKernel } from "../src/head/row-kernels.ts";
import { placeRows } from "../src/head/row-products.ts";
import { multiplyGrids } from "../src/head/simd-products.ts";

/** Whole numbers: exact in any order of adding. */
const whole = (length: number) => Array.from({ length }, (_, i) => ((i * 7) % 11) - 5);

describe.each([1, 3, 4, 5, 8, 11])("products with %i rows", (rows) => {
  const width = 6;
  const matrix = Float32Array.from(whole(rows * width));
  const row = (r: number) => [...matrix.subarray(r * width, (r + 1) * width)];
  const places = Array.from({ length: rows }, (_, r) => r);

  it.each([1, 2, 3, 4, 6, 9])("of %i columns", (columns) => {
    const weights = Float64Array.from(whole(width * columns));
    const biases = Float64Array.from(whole(columns));
    const numbers = new Float64Array(rows * columns);
    const products = { matrix, width, columns, numbers };
    multiplyRows(products, weights, biases);
    const all = Array.from({ length: columns }, (_, c) => c);
    const dot = (r: number, c: number) =>
      row(r).reduce((sum, x, i) => sum + x * (weights[c * width + i] ?? 0), biases[c] ?? 0);
    expect([...numbers]).toEqual(places.flatMap((r) => all.map((c) => dot(r, c))));

    const to = new Float64Array(width * columns).fill(100);
    addWeightedRows(products, to);
    const sum = (i: number, c: number) =>
      places.reduce((sum, r) => sum + dot(r, c) * (row(r)[i] ?? 0), 100);
    const indices = Array.from({ length: width }, (_, i) => i);
    expect([...to]).toEqual(all.flatMap((c) => indices.map((i) => sum(i, c))));
  });
});

describe.each([1, 2, 5, 8])("matrices of %i rows", (rows) => {
  it.each([
    [1, 1],
    [3, 4],
    [7, 5],
    [4, 9],
  ])("times [%i, %i], either of them turned", (inner, columns) => {
    const [a, b] = [whole(rows * inner), whole(inner * columns)];
    const product = Array.from({ length: rows * columns }, (_, at) => {
      const [i, j] = [Math.floor(at / columns), at % columns];
      let sum = 0;
      for (let k = 0; k < inner; k++) sum += (a[i * inner + k] ?? 0) * (b[k * columns + j] ?? 0);
      return sum;
    });
    const grids = (numbers: number[], rows: number, columns: number) => [
      { numbers: Float64Array.from(numbers), rows, columns },
      {
        numbers: Float64Array.from(numbers, (_, at) => {
          return numbers[(at % rows) * columns + Math.floor(at / rows)] ?? 0;
        }),
        ...{ rows, columns, isTurned: true },
      },
    ];
    for (const left of grids(a, rows, inner))
      for (const right of grids(b, inner, columns))
        expect([...multiplyGrids(left, right)]).toEqual(product);
  });
});

describe("placed rows", () => {
  // Of more rows than one block holds, and of choices among several rows.
  it.each([
    ["classes", 300, 3, 1],
    ["two classes", 133, 2, 1],
    ["a choice", 90, 1, 3],
  ])("have the losses of %s that plain JavaScript computes", (_, count, outputs, options) => {
    const shape = { dimensions: 5, outputs };
    const items = Array.from({ length: count }, (_, i) => ({
      vectors: Array.from({ length: options }, (_, at) => {
        return Float32Array.from({ length: 5 }, (_, k) => Math.sin(i * 17 + at * 5 + k));
      }),
      label: i % Math.max(outputs, options),
      right: Array.from({ length: Math.max(outputs, options) }, (_, at) => at === i % 3),
      weight: 1 + (i % 4),
    }));
    const matrix = Float32Array.from(
      items.flatMap(({ vectors }) => vectors.flatMap((v) => [...v])),
    );
    const placed = items.map(({ vectors }, i) => ({ vectors, group: Math.floor(i / 40) }));
    const rows = placeRows(shape, Float64Array.from(matrix), placed);
    const point = Float64Array.from({ length: countParameters(shape) }, (_, i) => Math.cos(i));
    const isOut = (i: number) => placed[i]?.group === 1;
    const own = items.filter((_, i) => !isOut(i));
    const all = items.map((item, i) => (isOut(i) ? null : item));
    const stacked = Float32Array.from(own.flatMap(({ vectors }) => vectors.flatMap((v) => [...v])));
    const [found, expected] = [
      addPenalty(shape, own.length, rows.sumLosses(all)),
      createObjective(shape, { items: own, matrix: stacked }),
    ].map((toObjective) => {
      const gradient = new Float64Array(point.length);
      return [toObjective(0.1)(point, gradient), ...gradient];
    });
    for (const [i, number] of (expected ?? []).entries())
      expect(found?.[i]).toBeCloseTo(number, 12);
    const out = items.map((item, i) => (isOut(i) ? item : null));
    const scores = rows.score(point, out);
    expect(scores).toHaveLength(items.length - own.length);
    expect(scores.every((one) => one.length === Math.max(outputs, options))).toBe(true);
  });
});

describe("rows of which nearly all numbers are 0, as a text's words are", () => {
  const [width, most] = [67, 16];
  const sparse = Float32Array.from({ length: 90 * width }, (_, i) => {
    return (i * 7919) % 31 === 0 ? Math.sin(i) : 0;
  });

  it.each([1, 2, 3, 5])("have the same bits as with all zeros placed, %i columns", (columns) => {
    const sizes = { width, columns, most };
    const count = sparse.filter((number) => number !== 0).length;
    const point = Float64Array.from({ length: columns * width }, (_, i) => Math.cos(i));
    const [dense, few] = [
      openDenseKernel(sparse, sizes),
      createSparseKernel(sparse, count, sizes),
    ].map((kernel) => {
      const gradient = new Float64Array(columns * width + columns);
      const found: number[] = [];
      kernel.place(point);
      for (const block of [
        { row: 0, rows: 13 },
        { row: 80, rows: 7 },
      ]) {
        const numbers = new Float64Array(most * columns);
        kernel.score(block, numbers);
        kernel.add(block, numbers);
        found.push(...numbers);
      }
      kernel.read(gradient);
      return [...found, ...gradient];
    });
    expect(few).toEqual(dense);
    expect(new Set(few).size).toBeGreaterThan(30);
  });

  it("are placed without room for the zeros; others are not", () => {
    const { WebAssembly: wasm } = globalThis as unknown as {
      WebAssembly: { Memory: new (size: object) => object };
    };
    const { Memory } = wasm;
    let rooms = 0;
    wasm.Memory = class extends Memory {
      constructor(size: object) {
        super(size);
        rooms += 1;
      }
    };
    const sizes = { width, columns: 3, most };
    try {
      openRowKernel(sparse, sizes);
      expect(rooms).toBe(0);
      openRowKernel(sparse.map(Math.cos), sizes);
      expect(rooms).toBe(1);
    } finally {
      wasm.Memory = Memory;
    }
  });
});
