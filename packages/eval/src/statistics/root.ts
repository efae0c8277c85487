/**
 * Where a smooth, monotone function is 0, by secant steps from two points near it; after 50 steps
 * where it has come to.
 */
export function findRoot(
  value: (x: number) => number,
  [first, second]: readonly [number, number],
  tolerance: number,
): number {
  let [before, x] = [first, second];
  let [from, to] = [value(before), value(x)];
  for (let step = 0; step < 50 && Math.abs(to) > tolerance && to !== from; step++) {
    [before, x] = [x, x - (to * (x - before)) / (to - from)];
    [from, to] = [to, value(x)];
  }
  return x;
}
