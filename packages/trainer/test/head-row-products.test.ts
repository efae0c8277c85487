import { describe, expect, it } from "vitest";
import { addWeightedRows, multiplyRows } from "../src/head/matrix.ts";

/** Whole numbers: exact in any order of adding. */
const whole = (length: number) => Array.from({ length }, (_, i) => ((i * 7) % 11) - 5);

describe.each([1, 3, 4, 5, 8, 11])("products with %i rows", (rows) => {
  const width = 6;
  const matrix = Float32Array.from(whole(rows * width));
  const row = (r: number) => [...matrix.subarray(r * width, (r + 1) * width)];
  const places = Array.from({ length: rows }, (_, r) => r);

  it("multiplyRows fills its column and leaves the others", () => {
    const weights = Float64Array.from(whole(width));
    const numbers = new Float64Array(rows * 2);
    multiplyRows(matrix, weights, 0.5, { numbers, column: 1, columns: 2 });
    const dot = (r: number) => row(r).reduce((sum, x, i) => sum + x * (weights[i] ?? 0), 0.5);
    expect([...numbers]).toEqual(places.flatMap((r) => [0, dot(r)]));
  });

  it("addRows adds each row as often as its number says", () => {
    const numbers = Float64Array.from(whole(rows * 2));
    const to = new Float64Array(width).fill(100);
    addWeightedRows(matrix, { numbers, column: 1, columns: 2 }, to);
    const sum = (i: number) =>
      places.reduce((all, r) => all + (numbers[r * 2 + 1] ?? 0) * (row(r)[i] ?? 0), 100);
    expect([...to]).toEqual(Array.from({ length: width }, (_, i) => sum(i)));
  });
});
