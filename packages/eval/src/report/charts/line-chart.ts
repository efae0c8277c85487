import { scaleLinear } from "d3-scale";
import { line } from "d3-shape";
import { html, type Markup } from "../../render/html.ts";
import {
  createScale,
  drawAt,
  drawPlot,
  drawShape,
  findExtent,
  type HorizontalScale,
  round,
} from "./axes.ts";
import type { Look } from "./looks.ts";

/** One series, its points from left to right; the ends of a point's interval where it has one. */
interface ChartLine {
  look: Look;
  dashed?: boolean;
  points: { x: number; y: number; low?: number; high?: number }[];
}

const height = 200;

/** Draws lines with a shape at each point, and an upright stroke for its interval. A linear x axis begins at 0. @param y its name, with its unit */
export function drawLines(
  lines: readonly ChartLine[],
  x: { name: string; scale: "linear" | "log" },
  y: string,
): Markup {
  const points = lines.flatMap((one) => one.points);
  const xs = points.map((point) => point.x);
  // Epochs and depths have no ticks between them.
  const steps = xs.every(Number.isInteger) ? Math.min(6, Math.max(...xs)) : 6;
  const xScale = createScale(x.scale, x.scale === "log" ? xs : [0, ...xs], steps);
  const ys = points.flatMap(({ y, low = y, high = y }) => [low, high]);
  const yScale = scaleLinear().domain(findExtent(ys)).nice(5).range([height, 0]);
  const format = yScale.tickFormat(5);
  const grid = yScale.ticks(5).map((value) => {
    const at = round(yScale(value));
    return html`<line x2="100%" y1="${at}" y2="${at}" stroke="var(--border)"/><text x="-8" y="${at + 4}" text-anchor="end" fill="var(--text)">${format(value)}</text>`;
  });
  const drawn = lines.map((one, i) =>
    drawLine(one, xScale, yScale, (i - (lines.length - 1) / 2) * 2),
  );
  return html`<p class="note" aria-hidden="true">${y}</p>${drawPlot("lines", height, { name: x.name, scale: xScale }, grid, drawn)}`;
}

/** @param shift pixels to the side, so that intervals do not cover each other */
function drawLine(
  { look, dashed, points }: ChartLine,
  xScale: HorizontalScale,
  yScale: (value: number) => number,
  shift: number,
): Markup {
  const path = line<(typeof points)[number]>(
    ({ x }) => xScale(x),
    ({ y }) => yScale(y),
  ).digits(2)(points);
  const scale = points.length > 30 ? 0.6 : 1;
  const drawn = points.map(({ x, y, low, high }) => {
    const interval =
      low !== undefined &&
      high !== undefined &&
      html`<line x1="${shift}" x2="${shift}" y1="${round(yScale(low) - yScale(y))}" y2="${round(yScale(high) - yScale(y))}" stroke="${look.color}" stroke-width="1.5" opacity="0.6"/>`;
    return drawAt(xScale(x), yScale(y), interval, drawShape(look, scale));
  });
  const dashes = dashed ? html` stroke-dasharray="6 5"` : null;
  return html`<svg width="100%" height="${height}" viewBox="0 0 100 ${height}" preserveAspectRatio="none" overflow="visible"><path d="${path ?? ""}" fill="none" stroke="${look.color}" stroke-width="2" vector-effect="non-scaling-stroke"${dashes}/></svg>${drawn}`;
}
