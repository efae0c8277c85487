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

/**
 * The smallest true difference that a two-sided test at 5 % would find with 80 % power, in the standard
 * error's unit. A property of the design: it does not depend on the difference that was observed.
 * @param df degrees of freedom of the standard error's t
 */
export function minimumDetectable(spread: { standardError: number; df: number }): number {
  const { standardError, df } = spread;
  // Bloom's (1995) sum of the two quantiles is near, and exact where df is infinite.
  const near = tQuantile(0.975, df) + tQuantile(0.8, df);
  const excess = (effect: number) => computePower(effect, df) - 0.8;
  return findRoot(excess, [0.9 * near, near], 1e-9) * standardError;
}

const steps = 100;

/**
 * The probability that a two-sided test at 5 % finds a true difference of so many standard errors:
 * P(|T| > critical) of the noncentral t, a normal over an independent standard deviation.
 */
export function computePower(effect: number, df: number): number {
  const critical = tQuantile(0.975, df);
  const find = (limit: number) =>
    jstat.normal.cdf(effect - limit, 0, 1) + jstat.normal.cdf(-effect - limit, 0, 1);
  if (df === Infinity) return find(critical);
  // Estimated over true standard deviation, sqrt(chi² / df), at points of equal distance and their density.
  const reach = 9 / Math.sqrt(2 * df);
  const low = Math.max(0, 1 - reach);
  let [found, total] = [0, 0];
  for (let step = 0; step < steps; step++) {
    const ratio = low + (step + 0.5) * ((1 + reach - low) / steps);
    const density = Math.exp((df - 1) * Math.log(ratio) - (df * (ratio ** 2 - 1)) / 2);
    found += density * find(critical * ratio);
    total += density;
  }
  return found / total;
}
