import { renderCount } from "@seedling/core/internal";
import { html, type Insert, renderHtmlTable } from "../../render/html.ts";
import type { MethodRow, Methods } from "../../tables/methods.ts";
import {
  createMethodsTable,
  describeConditions,
  describeMethods,
  listAnswering,
} from "../../tables/methods-table.ts";
import { drawIntervals, wrapRowLabel } from "../charts/charts.ts";
import { looks } from "../charts/looks.ts";
import { type Chart, keepFlags, renderCharts, type Section } from "../page/page.ts";
import { formatTask, showTable } from "./rows.ts";

/** Which way of creating is best for the same tokens? null where none were compared. */
export function createMethodsSection(all: readonly Methods[]): Section | null {
  if (all.length === 0) return null;
  return {
    id: "methods",
    name: "Ways of creating",
    title: "Which way of creating gives the best classifier for the same tokens?",
    content: all.map(showMethods),
  };
}

function showMethods(methods: Methods, index: number): Insert {
  const table = createMethodsTable(methods);
  const [verdict, ...others] = describeMethods(methods);
  const notes = [...others, describeConditions(methods)];
  return [
    html`<p class="answer">${verdict}</p>\n`,
    notes.map((sentence) => html`<p class="note">${keepFlags(sentence)}</p>\n`),
    renderCharts([createPooledChart(methods, index), ...createTaskCharts(methods, index)]),
    showTable(table, {
      cells: [
        ["way", "task"],
        ["accuracy_percent", "interval_low_percent"],
        "constant_percent",
        "macro_f1_percent",
        ["minus_tree_points", "minus_tree_p_holm", "minus_tree_mde_points"],
        ["test_n", "seeds"],
        "examples",
        ["tokens", "kept_per_1000_tokens"],
        "distinct_2",
        "agreement_percent",
      ],
      decorate: {
        task: (_, text) => formatTask(text),
        seeds: ({ seeds }) => seeds && renderCount(seeds, "seed"),
        kept_per_1000_tokens: (_, text) => text && `${text} kept per 1,000`,
        minus_tree_p_holm: (_, text) => text && `p ${text}`,
        minus_tree_mde_points: (_, text) => text && `MDE ${text}`,
      },
    }),
  ];
}

/** Every way minus the tree, over all tasks. */
function createPooledChart(methods: Methods, index: number): Chart {
  return createWaysChart(methods, listAnswering(methods), {
    id: `methods-${index}`,
    title: `Minus tree, points of accuracy over ${renderCount(methods.tasks, "task")}, 95 % intervals`,
    axis: "points; right of 0: better",
    cells: ["way", "minus_tree_points", "minus_tree_p_holm"],
    of: ({ toTree }) => toTree && { ...toTree, baseline: 0 },
  });
}

function createTaskCharts(methods: Methods, index: number): Chart[] {
  const tasks = [...new Set(methods.rows.flatMap(({ task }) => task ?? []))];
  return tasks.map((task, i) =>
    createWaysChart(
      methods,
      methods.rows.filter((row) => row.task === task),
      {
        id: `methods-${index}-${i}`,
        title: `Accuracy on ${formatTask(task)}, 95 % intervals; dashed: the best constant answer, or chance`,
        axis: "accuracy, %",
        cells: ["way", "accuracy_percent", "interval_low_percent", "constant_percent", "test_n"],
        of: ({ accuracy, interval, constant }) =>
          interval && { value: accuracy ?? 0, ...interval, baseline: constant },
      },
    ),
  );
}

interface Drawn {
  value: number;
  low: number;
  high: number;
  baseline: number | null;
}

function createWaysChart(
  methods: Methods,
  rows: readonly MethodRow[],
  form: Pick<Chart, "id" | "title"> & {
    axis: string;
    cells: string[];
    of: (row: MethodRow) => Drawn | null;
  },
): Chart {
  const { id, title, axis, cells, of } = form;
  const drawn = rows.flatMap((row) => {
    const found = of(row);
    if (!found) return [];
    const { value, low, high, baseline } = found;
    const mark = { look: looks[row.source], value: 100 * value, low: 100 * low, high: 100 * high };
    return { label: wrapRowLabel(row.way), marks: [mark], baseline: baseline && 100 * baseline };
  });
  const { columns } = createMethodsTable(methods);
  return {
    id,
    title,
    origins: methods.sample ? ["SAMPLE"] : [],
    legend: [],
    drawing: drawIntervals(drawn, axis),
    table: renderHtmlTable({ title, columns, rows }, { cells }),
  };
}
