import { html } from "../../render/html.ts";
import type { Analysis } from "../../tables/analysis.ts";
import { bestTable } from "../../tables/best.ts";
import { componentTable, controlTable, listComponents } from "../../tables/controls.ts";
import { createCostTable } from "../../tables/table5.ts";
import type { Section } from "../page/page.ts";
import { showAccuracies } from "./accuracies.ts";
import { decorateRow, formatTask, renderSource, showTable } from "./rows.ts";

export function createTablesSection(analysis: Analysis): Section {
  const { tables, table5, controls, best, components } = analysis;
  return {
    id: "tables",
    name: "Tables 3, 4, 5",
    title: "How do the numbers compare with the paper's?",
    content: [
      html`<p>Click an accuracy for its runs, more metrics and all its comparisons. Click a head to sort; a third click restores the first order.</p>\n`,
      showAccuracies(tables[3]),
      showAccuracies(tables[4]),
      showTable(
        createCostTable(table5),
        {
          decorate: {
            task: (_, task) => formatTask(task),
            source: ({ source, originWord }, text) => renderSource(source, text, originWord),
          },
        },
        "--data boolq --setting tree",
      ),
      showTable(
        { ...controlTable, rows: controls },
        {
          cells: [
            ["control", "source"],
            "trained_on",
            "tested_on",
            ["accuracy_percent", "interval_low_percent"],
            "seeds",
            "baseline_percent",
            "row_minus_control_points",
            "student",
          ],
          decorate: decorateRow,
        },
        "--experiment controls",
      ),
      showTable(
        { ...bestTable, rows: best },
        {
          cells: [
            "trained_on",
            "tested_on",
            ["by_dev", "by_dev_accuracy_percent", "by_dev_of_human_percent"],
            ["by_test", "by_test_accuracy_percent", "by_test_of_human_percent"],
            ["paper_percent", "paper_of_human_percent"],
            "among",
          ],
          decorate: { ...decorateRow, ...decorateGains },
        },
      ),
      showTable({ ...componentTable, rows: listComponents(components) }, { decorate: decorateRow }),
    ],
  };
}

const decorateGains = Object.fromEntries(
  ["by_dev", "by_test", "paper"].flatMap((by) => [
    [`${by}_accuracy_percent`, (_: unknown, text: string) => `${text} %`],
    [`${by}_of_human_percent`, (_: unknown, text: string) => `${text} % of human / of best`],
  ]),
);
