import { renderWhole } from "@seedling/core/internal";
import type { EquivalentSize, Undetermined } from "../statistics/equivalent-size.ts";
import { dash, renderPercent } from "./numbers.ts";
import type { Equivalent } from "./view-beside.ts";

/** A point of the human curve. */
type Point = Pick<Equivalent["curve"][number], "n" | "accuracy">;

/**
 * What a created set is worth in human examples, or why that is not determined.
 * @param accuracy the created row's, a share
 * @param curve by size
 */
export function renderEquivalent(
  size: EquivalentSize | Undetermined,
  accuracy: number,
  curve: readonly Point[],
): string {
  return typeof size === "string"
    ? `not determined: ${renderWhy(size, accuracy, curve)}`
    : renderSize(size, curve);
}

function renderSize({ n, low, high }: EquivalentSize, curve: readonly Point[]): string {
  const name = (size: number | "below" | "above") => {
    if (size === "below") return `< ${renderWhole(curve[0]?.n ?? 0)}`;
    if (size === "above") return `> ${renderWhole(curve.at(-1)?.n ?? 0)}`;
    return renderWhole(size);
  };
  const worth = typeof n === "number" ? `about ${name(n)}` : name(n);
  return `${worth} human examples (95 %: ${name(low)} to ${name(high)})`;
}

function renderWhy(why: Undetermined, accuracy: number, curve: readonly Point[]): string {
  const [first, last] = [curve[0], curve.at(-1)];
  switch (why) {
    case "no rise": {
      const falls = first && last && last.accuracy <= first.accuracy;
      const what = falls ? "does not rise" : "is not shown to rise";
      return `the human curve ${what}: ${renderPoint(first)}, ${renderPoint(last)}`;
    }
    case "falls again": {
      const reached = curve.find((point) => point.accuracy >= accuracy);
      return `the human curve reaches ${renderPoint(reached)} and falls again, ${renderPoint(last)}`;
    }
    case "no limit":
      return `the interval holds every size from ${renderWhole(first?.n ?? 0)} to ${renderWhole(last?.n ?? 0)}`;
  }
}

function renderPoint(point: Point | undefined): string {
  return point ? `${renderPercent(point.accuracy, 1)} % at ${renderWhole(point.n)}` : dash;
}
