import type { CustomSeriesRenderItemReturn, EChartsOption } from "echarts";
import type { Markup } from "../../render/markup.ts";
import type { Look } from "../palette.ts";
import { axisStyle, cutText, type Room, toScale, widths } from "./axes.ts";
import { drawChart, toColor } from "./draw-chart.ts";

/** A value with its interval, in the units of the axis. */
export interface IntervalMark {
  look: Look;
  value: number;
  low: number;
  high: number;
}

/** One line of the chart: what it is, its marks one below the other. */
export interface IntervalRow {
  /** At most two lines. */
  label: [string, string?];
  marks: IntervalMark[];
  /** A short upright stroke, such as the baseline; null: none. */
  tick: number | null;
}

/** Values with their intervals, grouped into rows. */
export interface IntervalChart {
  rows: IntervalRow[];
  /** What the axis shows, with its unit. */
  axis: string;
  /** Where an upright line stands, such as at no difference. */
  zero: number | null;
}

const gap = 15;
const padding = 16;

/** Draws rows of intervals, each value with its shape. */
export function drawIntervals(id: string, { rows, axis, zero }: IntervalChart, room: Room): Markup {
  const most = Math.max(1, ...rows.map(({ marks }) => marks.length));
  const rowHeight = Math.max(38, most * gap + padding);
  const left = room === "wide" ? 150 : 104;
  const ends = rows.flatMap((row) => [
    ...row.marks.flatMap(({ low, high }) => [low, high]),
    ...(row.tick === null ? [] : [row.tick]),
  ]);
  const scale = toScale(zero === null ? ends : [...ends, zero], room === "wide" ? 8 : 4);
  const places = rows.flatMap((row, at) =>
    row.marks.map((mark, i) => ({ at, mark, shift: (i - (row.marks.length - 1) / 2) * gap })),
  );
  const option: EChartsOption = {
    grid: { left, right: 16, top: 8, bottom: 46 },
    xAxis: {
      type: "value",
      ...axisStyle,
      ...scale,
      name: axis,
      nameLocation: "middle",
      nameGap: 28,
    },
    yAxis: {
      type: "category",
      inverse: true,
      data: rows.map((_, at) => String(at)),
      ...axisStyle,
      axisTick: { show: false },
      splitLine: { show: true, lineStyle: axisStyle.splitLine.lineStyle },
      axisLabel: {
        ...axisStyle.axisLabel,
        formatter: (_, at) => toLines(rows[at]?.label ?? [""], room),
        lineHeight: 15,
        interval: 0,
      },
    },
    series: [
      {
        type: "custom",
        silent: true,
        data: rows.flatMap(({ tick }, at) => (tick === null ? [] : [[tick, at]])),
        renderItem: (_, api) => {
          const [x = 0, y = 0] = api.coord([api.value(0), api.value(1)]);
          return toStroke(x, y - rowHeight / 2 + 6, x, y + rowHeight / 2 - 6, "muted", 2, [3, 3]);
        },
      },
      {
        type: "custom",
        silent: true,
        data: zero === null ? [] : [[zero, 0]],
        renderItem: (_, api) => {
          const [x = 0, y = 0] = api.coord([api.value(0), 0]);
          const top = y - rowHeight / 2;
          return toStroke(x, top, x, top + rows.length * rowHeight, "ink", 1);
        },
      },
      {
        type: "custom",
        silent: true,
        data: places.map(({ mark, at }) => [mark.value, at]),
        renderItem: ({ dataIndex }, api) => {
          const place = places[dataIndex];
          if (!place) throw new RangeError(`no mark ${dataIndex}`);
          const { mark, at, shift } = place;
          const [x = 0, middle = 0] = api.coord([mark.value, at]);
          const [low = 0] = api.coord([mark.low, at]);
          const [high = 0] = api.coord([mark.high, at]);
          const y = middle + shift;
          return {
            type: "group",
            children: [toStroke(low, y, high, y, mark.look.tone, 2), toMark(mark.look, x, y)],
          } as CustomSeriesRenderItemReturn;
        },
      },
    ],
  };
  const size = { width: widths[room], height: rows.length * rowHeight + 54 };
  return drawChart(`${id}-${room}`, option, size);
}

function toLines([first, second]: [string, string?], room: Room): string {
  const most = room === "wide" ? 21 : 14;
  return second ? `${cutText(first, most)}\n${cutText(second, most)}` : cutText(first, most);
}

function toStroke(
  x1: number,
  y1: number,
  x2: number,
  y2: number,
  tone: Look["tone"],
  lineWidth: number,
  lineDash: number[] | null = null,
) {
  return {
    type: "line" as const,
    shape: { x1, y1, x2, y2 },
    style: { stroke: toColor(tone), lineWidth, ...(lineDash && { lineDash }) },
  };
}

function toMark({ shape, tone }: Look, x: number, y: number) {
  return {
    type: "path" as const,
    shape: { pathData: shape, x: x - 6.5, y: y - 6.5, width: 13, height: 13 },
    style: { fill: toColor(tone) },
  };
}
