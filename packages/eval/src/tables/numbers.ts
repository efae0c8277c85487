import type { Interval } from "@seedling/core/internal";

/** A fraction in percent: 0.612844 -> `61.28`, the paper's two digits. */
export function renderFixedPercent(fraction: number, digits = 2): string {
  return (100 * fraction).toFixed(digits);
}

/** Both ends in percent: `54.5–61.8`. */
export function renderInterval({ low, high }: Interval): string {
  return `${renderFixedPercent(low, 1)}–${renderFixedPercent(high, 1)}`;
}

/** A difference of fractions in points, with its sign: -0.0612 -> `-6.1`. */
export function renderPoints(difference: number): string {
  const points = (100 * difference).toFixed(1);
  return difference < 0 && points !== "-0.0" ? points : `+${points.replace("-", "")}`;
}

/** Both ends in points: `-6.1 to +0.2`. */
export function renderPointsRange({ low, high }: Interval): string {
  return `${renderPoints(low)} to ${renderPoints(high)}`;
}

/** `0.034`, `< 0.001`. */
export function renderP(p: number): string {
  return p < 0.001 ? "< 0.001" : p.toFixed(3);
}

/** A fraction in percent, or a difference of fractions in points, to 12 digits: 0.55 is 55 and not 55.00000000000001. */
export function roundPercent(fraction: number | null | undefined): number | null {
  return fraction == null ? null : roundDigits(100 * fraction);
}

/** A number to 12 digits, as CSV holds it. */
export function roundDigits(value: number | null | undefined): number | null {
  return value == null ? null : Number(value.toPrecision(12));
}
