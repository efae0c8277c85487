import { extent } from "d3-array";
import { scaleLinear, scaleLog } from "d3-scale";
import { html, type Insert, type Markup } from "../../render/html.ts";
import type { Look } from "./looks.ts";

// Charts are SVG texts. Horizontal lengths are per cent of the plot's width, so that one drawing fits a
// page, a phone and paper; vertical ones are CSS pixels. Colours are the style sheet's variables.

/** Maps values to per cent of the plot's width. */
export interface HorizontalScale {
  (value: number): number;
  ticks: { x: number; text: string }[];
}

/** A linear scale with round ends about all values, or a logarithmic one for values above 0 with powers of ten as ticks. */
export function createScale(
  kind: "linear" | "log",
  values: readonly number[],
  count = 6,
): HorizontalScale {
  const [low, high] = findExtent(values);
  const scale =
    kind === "log"
      ? scaleLog([low / 1.5, high * 1.5], [0, 100])
      : scaleLinear([low, high], [0, 100]).nice(count);
  const isPower = (value: number) => Number.isInteger(Number(Math.log10(value).toFixed(9)));
  const ticks = kind === "log" ? scale.ticks(count).filter(isPower) : scale.ticks(count);
  const format = kind === "log" ? String : scale.tickFormat(count);
  const position = (value: number) => round(scale(value));
  return Object.assign(position, {
    ticks: ticks.map((value) => ({ x: position(value), text: format(value) })),
  });
}

/** The smallest and the largest value, rounded to 12 digits and never equal; 0 and 1 for no values. */
export function findExtent(values: readonly number[]): [number, number] {
  const [low, high] = extent(values, (value) => Number(value.toPrecision(12)));
  if (low === undefined || high === undefined) return [0, 1];
  return low === high ? [low - (Math.abs(low) / 10 || 1), high] : [low, high];
}

/** Two digits are a hundredth of a pixel or less, and keep the page small. */
export function round(length: number): number {
  return Math.round(length * 100) / 100;
}

/**
 * The whole chart: its contents over a horizontal axis. Screen readers get the chart's table instead.
 * @param height of the plot without the axis, in pixels
 */
export function drawPlot(
  kind: "rows" | "lines",
  height: number,
  axis: { name: string; scale: HorizontalScale },
  ...contents: Insert[]
): Markup {
  const ticks = axis.scale.ticks.map(
    ({ x, text }) =>
      html`<line x1="${x}%" x2="${x}%" y2="${height + 5}" stroke="var(--border)"/><text x="${x}%" y="${height + 19}" text-anchor="middle" fill="var(--text)">${text}</text>`,
  );
  return html`<svg class="plot ${kind}" aria-hidden="true" height="${height + 44}" font-size="12">${ticks}
<line x2="100%" y1="${height}" y2="${height}" stroke="var(--text-light)"/>
<text x="50%" y="${height + 38}" text-anchor="middle" fill="var(--text-light)">${axis.name}</text>${contents}</svg>`;
}

/** The name of a row, right-aligned before the plot, in one or two lines. */
export function drawRowLabel(lines: readonly string[], y: number): Markup {
  const top = y + 4 - (lines.length - 1) * 7.5;
  return html`${lines.map((line, i) => html`<text x="-9" y="${top + 15 * i}" text-anchor="end" fill="var(--text)">${truncateText(line, 15)}</text>`)}`;
}

/** A drawing in pixels around a point of the plot. */
export function drawAt(x: number, y: number, ...contents: Insert[]): Markup {
  return html`<svg x="${x}%" y="${round(y)}" overflow="visible">${contents}</svg>`;
}

export function drawShape({ color, shape }: Look, scale = 1): Markup {
  const smaller = scale === 1 ? null : html` transform="scale(${scale})"`;
  return html`<path fill="${color}" d="${shape}"${smaller}/>`;
}

/** A text of at most so many characters; a longer one ends in an ellipsis. */
export function truncateText(text: string, most: number): string {
  const characters = [...text];
  return characters.length <= most ? text : `${characters.slice(0, most - 1).join("")}…`;
}
