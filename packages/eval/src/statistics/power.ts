import type { Estimate } from "./estimate.ts";
import { tQuantile, tTwoSided } from "./student-t.ts";

type Spread = Pick<Estimate, "standardError" | "df">;

/**
 * The smallest true difference that a two-sided test would find with the given power at this standard
 * error (Bloom 1995), in the standard error's unit.
 */
export function minimumDetectable(
  { standardError, df }: Spread,
  { power = 0.8, alpha = 0.05 }: { power?: number; alpha?: number } = {},
): number {
  return (tQuantile(1 - alpha / 2, df) + tQuantile(power, df)) * standardError;
}

/** The probability that a two-sided test at 5 % finds a true difference of this size. */
export function power(effect: number, { standardError, df }: Spread): number {
  const away = tQuantile(0.975, df) - Math.abs(effect) / standardError;
  const oneSided = tTwoSided(away, df) / 2;
  return away > 0 ? oneSided : 1 - oneSided;
}
