import jstat from "jstat";

/** From here on Student's t is the normal distribution to all the digits that jstat gives. */
const manyDegrees = 1e6;

/** The p-quantile of Student's t; of the standard normal at infinite degrees of freedom. */
export function tQuantile(p: number, df: number): number {
  return df < manyDegrees ? jstat.studentt.inv(p, df) : jstat.normal.inv(p, 0, 1);
}

/** P(|T| > |t|) of Student's t; of the standard normal at infinite degrees of freedom. */
export function tTwoSided(t: number, df: number): number {
  if (df < manyDegrees) return jstat.ibeta(df / (df + t ** 2), df / 2, 0.5);
  return 2 * jstat.normal.cdf(-Math.abs(t), 0, 1);
}

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

/** The standard error of an estimate and the degrees of freedom of its t. */
interface Spread {
  standardError: number;
  df: number;
}

/**
 * The smallest true difference that a two-sided test would find with the given power, in the standard
 * error's unit. A property of the design: it does not depend on the difference that was observed.
 */
export function minimumDetectable(
  { standardError, df }: Spread,
  { power: wanted = 0.8, alpha = 0.05 }: { power?: number; alpha?: number } = {},
): number {
  const excess = (effect: number) => powerOf(effect, df, alpha) - wanted;
  // Bloom's (1995) sum of the two quantiles is near, and exact where df is infinite.
  const near = tQuantile(1 - alpha / 2, df) + tQuantile(wanted, df);
  return findRoot(excess, [0.9 * near, near], 1e-9) * standardError;
}

/** The probability that a two-sided test at 5 % finds a true difference of this size. */
export function power(effect: number, { standardError, df }: Spread): number {
  return powerOf(Math.abs(effect) / standardError, df, 0.05);
}

/** P(|T| > critical) of the noncentral t: a normal over an independent standard deviation. */
function powerOf(effect: number, df: number, alpha: number): number {
  const critical = tQuantile(1 - alpha / 2, df);
  let found = 0;
  let total = 0;
  for (const { ratio, weight } of drawDeviations(df)) {
    const limit = critical * ratio;
    found += weight * (normalCdf(effect - limit) + normalCdf(-effect - limit));
    total += weight;
  }
  return found / total;
}

const steps = 100;

/** Estimated over true standard deviation, sqrt(chi² / df), at points of equal distance and their density. */
function drawDeviations(df: number): { ratio: number; weight: number }[] {
  if (df === Infinity) return [{ ratio: 1, weight: 1 }];
  const reach = 9 / Math.sqrt(2 * df);
  const low = Math.max(0, 1 - reach);
  const step = (1 + reach - low) / steps;
  return Array.from({ length: steps }, (_, at) => {
    const ratio = low + (at + 0.5) * step;
    return { ratio, weight: Math.exp((df - 1) * Math.log(ratio) - (df * (ratio ** 2 - 1)) / 2) };
  });
}

function normalCdf(x: number): number {
  return jstat.normal.cdf(x, 0, 1);
}
