import type { EChartsOption, SeriesOption } from "echarts";
import type { Markup } from "../../render/markup.ts";
import type { Look } from "../palette.ts";
import { axisStyle, type Room, toScale, widths } from "./axes.ts";
import { drawChart, toColor } from "./draw-chart.ts";

/** A point of a line; the ends of its interval where it has one. */
export interface LinePoint {
  x: number;
  y: number;
  low?: number;
  high?: number;
}

/** One line. */
export interface Line {
  look: Look;
  dashed?: boolean;
  points: LinePoint[];
}

/** Lines over a common axis. */
export interface LineChart {
  lines: Line[];
  /** `zero`: the axis begins at 0. */
  x: { name: string; type: "value" | "log"; zero?: boolean };
  y: { name: string };
}

/** Draws lines with a shape at each point, and an upright stroke for its interval. */
export function drawLines(id: string, { lines, x, y }: LineChart, room: Room): Markup {
  const points = lines.flatMap((line) => line.points);
  const ys = points.flatMap(({ y, low = y, high = y }) => [low, high]);
  const xs = points.map((point) => point.x);
  const width = widths[room];
  const steps = width > widths.narrow ? 10 : 5;
  const xScale =
    x.type === "log"
      ? { min: Math.min(...xs) / 1.5, max: Math.max(...xs) * 1.5 }
      : toScale(x.zero ? [...xs, 0] : xs, steps);
  const option: EChartsOption = {
    grid: { left: 52, right: 18, top: 30, bottom: 46 },
    xAxis: {
      ...axisStyle,
      ...xScale,
      type: x.type,
      name: x.name,
      nameLocation: "middle",
      nameGap: 28,
      splitLine: { show: false },
      axisLabel: {
        ...axisStyle.axisLabel,
        formatter: (value: number) => String(Number(value.toPrecision(2))),
        hideOverlap: true,
      },
    },
    yAxis: {
      ...axisStyle,
      ...toScale(ys, 5),
      type: "value",
      name: y.name,
      nameLocation: "end",
      nameGap: 12,
      nameTextStyle: { ...axisStyle.nameTextStyle, align: "left", padding: [0, 0, 0, -44] },
    },
    series: lines.flatMap((line, i) => toSeries(line, (i - (lines.length - 1) / 2) * 2)),
  };
  return drawChart(`${id}-${room}`, option, { width, height: 280 });
}

/** @param shift pixels to the side, so that intervals do not cover each other */
function toSeries({ look, dashed, points }: Line, shift: number): SeriesOption[] {
  const withInterval = points.filter(({ low, high }) => low !== undefined && high !== undefined);
  return [
    {
      type: "custom",
      silent: true,
      clip: false,
      data: withInterval.map((point) => [point.x, point.y]),
      renderItem: ({ dataIndex }, api) => {
        const point = withInterval[dataIndex];
        const [x = 0, low = 0] = api.coord([point?.x ?? 0, point?.low ?? 0]);
        const [, high = 0] = api.coord([point?.x ?? 0, point?.high ?? 0]);
        return {
          type: "line",
          shape: { x1: x + shift, y1: low, x2: x + shift, y2: high },
          style: { stroke: toColor(look.tone), lineWidth: 1.5, opacity: 0.6 },
        };
      },
    },
    {
      type: "line",
      silent: true,
      clip: false,
      data: points.map((point) => [point.x, point.y]),
      symbol: `path://${look.shape}`,
      symbolSize: points.length > 30 ? 5 : 9,
      showAllSymbol: true,
      lineStyle: { color: toColor(look.tone), width: 2, type: dashed ? "dashed" : "solid" },
      itemStyle: { color: toColor(look.tone) },
    },
  ];
}
