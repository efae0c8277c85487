import { extent } from "d3-array";
import { scaleLinear, scaleLog } from "d3-scale";
import { line } from "d3-shape";
import { html, type Insert, type Markup } from "../../render/html.ts";
import type { Look } from "./looks.ts";

// Charts are SVG texts. Horizontal lengths are per cent of the plot's width, so that one drawing fits a
// page, a phone and paper; vertical ones are CSS pixels. Colours are the style sheet's variables.

/** Maps values to per cent of the plot's width. */
interface HorizontalScale {
  (value: number): number;
  ticks: { value: number; x: number; text: string }[];
}

/** A linear scale with round ends about all values, or a logarithmic one for values above 0 with powers of ten as ticks. */
export function createScale(
  kind: "linear" | "log",
  values: readonly number[],
  count = 4,
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
    ticks: ticks.map((value) => ({ value, x: position(value), text: format(value) })),
  });
}

/** The smallest and the largest value, rounded to 12 digits and never equal; 0 and 1 for no values. */
function findExtent(values: readonly number[]): [number, number] {
  const [low, high] = extent(values, (value) => Number(value.toPrecision(12)));
  if (low === undefined || high === undefined) return [0, 1];
  return low === high ? [low - (Math.abs(low) / 10 || 1), high] : [low, high];
}

/** Two digits are a hundredth of a pixel or less, and keep the page small. */
function round(length: number): number {
  return Math.round(length * 100) / 100;
}

/** A horizontal axis: its name, with its unit, and perhaps what its values come to in another one. */
interface Axis {
  name: string;
  also?: { name: string; text: (value: number) => string } | undefined;
}

/**
 * The whole chart: its contents over a horizontal axis. Screen readers get the chart's table instead.
 * @param height of the plot without the axis, in pixels
 */
function drawPlot(
  kind: "rows" | "lines",
  height: number,
  { name, scale, also }: Axis & { scale: HorizontalScale },
  ...contents: Insert[]
): Markup {
  const lines = scale.ticks.map(
    ({ x }) => html`<line x1="${x}%" x2="${x}%" y2="${height + 5}" stroke="var(--border)"/>`,
  );
  const drawAxis = (
    top: number,
    named: string,
    render: (tick: HorizontalScale["ticks"][number]) => string,
  ) =>
    html`${scale.ticks.map((tick) => html`<text x="${tick.x}%" y="${top + 19}" text-anchor="middle" fill="var(--text)">${render(tick)}</text>`)}
<text x="50%" y="${top + 38}" text-anchor="middle" fill="var(--text-light)">${named}</text>`;
  return html`<svg class="plot ${kind}" aria-hidden="true" height="${height + (also ? 88 : 44)}" font-size="12">${lines}${drawAxis(height, name, ({ text }) => text)}
${also && drawAxis(height + 44, also.name, ({ value }) => also.text(value))}<line x2="100%" y1="${height}" y2="${height}" stroke="var(--text-light)"/>${contents}</svg>`;
}

/** Characters of a row's name that there is room for in a line. */
const rowLabelLength = 16;

/** The name of a row, right-aligned before the plot, in lines. */
function drawRowLabel(lines: readonly string[], y: number): Markup {
  const top = y + 4 - (lines.length - 1) * 7.5;
  return html`${lines.map((line, i) => html`<text x="-9" y="${top + 15 * i}" text-anchor="end" fill="var(--text)">${truncateText(line, rowLabelLength)}</text>`)}`;
}

/** Breaks a row's name into lines, after a blank, hyphen or slash where there is one. */
export function wrapRowLabel(name: string): string[] {
  const most = rowLabelLength;
  const lines = name.match(new RegExp(`.{1,${most}}(?<=[-/\\s]|$)|.{1,${most}}`, "gsu")) ?? [];
  return lines.map((line) => line.trim());
}

/** A drawing in pixels around a point of the plot. */
function drawAt(x: number, y: number, ...contents: Insert[]): Markup {
  return html`<svg x="${x}%" y="${round(y)}" overflow="visible">${contents}</svg>`;
}

function drawShape({ color, shape }: Look, scale = 1): Markup {
  const smaller = scale === 1 ? null : html` transform="scale(${scale})"`;
  return html`<path fill="${color}" d="${shape}"${smaller}/>`;
}

/** A text of at most so many characters; a longer one ends in an ellipsis. */
export function truncateText(text: string, most: number): string {
  const characters = [...text];
  return characters.length <= most ? text : `${characters.slice(0, most - 1).join("")}…`;
}

const barRowHeight = 28;

/** Draws bars of 100 %, one a row, of parts that are fractions in [0, 1] each. */
export function drawBars(
  rows: readonly string[],
  parts: readonly { look: Look; fractions: number[] }[],
  axis: string,
): Markup {
  const scale = createScale("linear", [0, 100]);
  const drawn = rows.map((label, row) => {
    let left = 0;
    const bars = parts.map(({ look, fractions }) => {
      const width = 100 * (fractions[row] ?? 0);
      const x = left;
      left += width;
      return html`<rect x="${round(x)}%" y="${row * barRowHeight + 5}" width="${round(width)}%" height="18" fill="${look.color}" stroke="var(--accent-bg)"/>`;
    });
    return html`${bars}${drawRowLabel([label], (row + 0.5) * barRowHeight)}`;
  });
  return drawPlot("rows", rows.length * barRowHeight, { name: axis, scale }, drawn);
}

/** A row of the chart: its name, and its values with their intervals, in the units of the axis, one below the other. */
interface IntervalRow {
  /** Its lines. */
  label: string[];
  marks: { look: Look; value: number; low: number; high: number }[];
  /** The value of a dashed line; null: none. */
  baseline: number | null;
}

const spacing = 15;

/** Draws rows of intervals, each value with its shape. @param axis what it shows, with its unit */
export function drawIntervals(rows: readonly IntervalRow[], axis: string): Markup {
  const ends = rows.flatMap(({ marks }) => marks.flatMap(({ low, high }) => [low, high]));
  const baselines = rows.flatMap(({ baseline }) => baseline ?? []);
  const scale = createScale("linear", [...ends, ...baselines]);
  let height = 0;
  const drawn = rows.map(({ label, marks, baseline }) => {
    const rowHeight = Math.max(38, Math.max(marks.length, label.length) * spacing + 16);
    const top = height;
    height += rowHeight;
    const middle = top + rowHeight / 2;
    const first = middle - ((marks.length - 1) / 2) * spacing;
    return html`<line x2="100%" y1="${top}" y2="${top}" stroke="var(--border)"/>${drawRowLabel(label, middle)}
${baseline !== null && html`<line x1="${scale(baseline)}%" x2="${scale(baseline)}%" y1="${top + 6}" y2="${top + rowHeight - 6}" stroke="var(--text-light)" stroke-width="2" stroke-dasharray="3 3"/>`}
${marks.map((mark, k) => {
  const y = first + k * spacing;
  return html`<line x1="${scale(mark.low)}%" x2="${scale(mark.high)}%" y1="${y}" y2="${y}" stroke="${mark.look.color}" stroke-width="2"/>${drawAt(scale(mark.value), y, drawShape(mark.look, 1.25))}`;
})}`;
  });
  return drawPlot("rows", height, { name: axis, scale }, drawn);
}

/** One series, its points from left to right; the ends of a point's interval where it has one. */
interface ChartLine {
  look: Look;
  dashed?: boolean;
  /** false: points alone. */
  joined?: boolean;
  /** size: of the shape, 1 where it is left out. */
  points: { x: number; y: number; low?: number; high?: number; size?: number }[];
}

/** A dashed line between two points of the plot, an infinite y at its edge, and what it says. */
export interface Guide {
  from: { x: number; y: number };
  to: { x: number; y: number };
  text: string;
}

const linesHeight = 200;

/** Draws lines with a shape at each point, and an upright stroke for its interval. A linear x axis begins at 0. @param y its name, with its unit */
export function drawLines(
  lines: readonly ChartLine[],
  x: Axis & { scale: "linear" | "log" },
  y: string,
  guides: readonly Guide[] = [],
): Markup {
  const points = lines.flatMap((one) => one.points);
  const ends = guides.flatMap(({ from, to }) => [from, to]);
  const xs = [...points, ...ends].map((point) => point.x);
  // Epochs and depths have no ticks between them.
  const steps = xs.every(Number.isInteger) ? Math.min(6, Math.max(...xs)) : 6;
  const xScale = createScale(x.scale, x.scale === "log" ? xs : [0, ...xs], steps);
  const ys = points.flatMap(({ y, low = y, high = y }) => [low, high]);
  const guided = ends.map(({ y }) => y).filter(Number.isFinite);
  const yScale = scaleLinear()
    .domain(findExtent([...ys, ...guided]))
    .nice(5)
    .range([linesHeight, 0])
    .clamp(true);
  const format = yScale.tickFormat(5);
  const grid = yScale.ticks(5).map((value) => {
    const at = round(yScale(value));
    return html`<line x2="100%" y1="${at}" y2="${at}" stroke="var(--border)"/><text x="-8" y="${at + 4}" text-anchor="end" fill="var(--text)">${format(value)}</text>`;
  });
  const drawn = lines.map((one, i) =>
    drawLine(one, xScale, yScale, (i - (lines.length - 1) / 2) * 2),
  );
  return html`<p class="note" aria-hidden="true">${y}</p>${drawPlot(
    "lines",
    linesHeight,
    { ...x, scale: xScale },
    grid,
    drawn,
    guides.map((guide) => drawGuide(guide, xScale, yScale)),
  )}`;
}

/** Its text stands above its left end, at the upper edge below it; of an upright one, beside its upper end. */
function drawGuide(
  { from, to, text }: Guide,
  xScale: HorizontalScale,
  yScale: (value: number) => number,
): Markup {
  const [x1, x2] = [xScale(from.x), xScale(to.x)];
  const [y1, y2] = [yScale(from.y), yScale(to.y)].map(round) as [number, number];
  const isRight = x1 === x2 && x1 > 50;
  return html`<line x1="${x1}%" x2="${x2}%" y1="${y1}" y2="${y2}" stroke="var(--text-light)" stroke-width="1.5" stroke-dasharray="3 3"/>
${drawAt(x1, x1 === x2 || y1 < 12 ? Math.min(y1, y2) + 14 : y1 - 6, html`<text x="${isRight ? -6 : 6}" text-anchor="${isRight ? "end" : "start"}" fill="var(--text)">${text}</text>`)}`;
}

/** @param shift pixels to the side, so that intervals do not cover each other */
function drawLine(
  { look, dashed, joined = true, points }: ChartLine,
  xScale: HorizontalScale,
  yScale: (value: number) => number,
  shift: number,
): Markup {
  const path = line<(typeof points)[number]>(
    ({ x }) => xScale(x),
    ({ y }) => yScale(y),
  ).digits(2)(points);
  const scale = points.length > 30 ? 0.6 : 1;
  const drawn = points.map(({ x, y, low, high, size = scale }) => {
    const interval =
      low !== undefined &&
      high !== undefined &&
      html`<line x1="${shift}" x2="${shift}" y1="${round(yScale(low) - yScale(y))}" y2="${round(yScale(high) - yScale(y))}" stroke="${look.color}" stroke-width="1.5" opacity="0.6"/>`;
    return drawAt(xScale(x), yScale(y), interval, drawShape(look, size));
  });
  const dashes = dashed ? html` stroke-dasharray="6 5"` : null;
  return html`${joined && html`<svg width="100%" height="${linesHeight}" viewBox="0 0 100 ${linesHeight}" preserveAspectRatio="none" overflow="visible"><path d="${path ?? ""}" fill="none" stroke="${look.color}" stroke-width="2" vector-effect="non-scaling-stroke"${dashes}/></svg>`}${drawn}`;
}
