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
