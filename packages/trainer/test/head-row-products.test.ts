import { describe, expect, it } from "vitest";
import { addWeightedRows, multiplyRows } from "../src/head/matrix.ts";

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
