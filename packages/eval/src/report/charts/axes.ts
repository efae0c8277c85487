import { toColor } from "./draw-chart.ts";

/** How wide a chart is drawn: for a page, or for a phone. */
export type Room = "wide" | "narrow";

/** Widths in CSS pixels. */
export const widths: Record<Room, number> = { wide: 940, narrow: 350 };

/** What all axes have in common. */
export const axisStyle = {
  axisLine: { lineStyle: { color: toColor("muted") } },
  axisTick: { lineStyle: { color: toColor("muted") } },
  splitLine: { lineStyle: { color: toColor("line") } },
  axisLabel: { color: toColor("ink"), fontSize: 12 },
  nameTextStyle: { color: toColor("muted"), fontSize: 12 },
} as const;

/** An axis' two ends and the distance of its marks: round numbers round the values, at most `marks` steps. */
export function toScale(values: readonly number[], marks: number) {
  if (values.length === 0) return { min: 0, max: 1, interval: 1 };
  const low = Math.min(...values);
  const high = Math.max(...values);
  const rough = (high - low || Math.abs(high) || 1) / marks;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((one) => one * power >= rough * 0.999) ?? 10);
  const round = (n: number) => Number(n.toPrecision(12));
  return {
    min: round(Math.floor(low / step + 1e-9) * step),
    max: round(Math.ceil(high / step - 1e-9) * step || step),
    interval: round(step),
  };
}

/** A text of at most so many characters, its end cut. */
export function cutText(text: string, most: number): string {
  const characters = [...text];
  return characters.length <= most ? text : `${characters.slice(0, most - 1).join("")}…`;
}
