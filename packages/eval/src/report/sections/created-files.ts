import { html } from "../../render/html.ts";
import type { Analysis } from "../../tables/analysis.ts";
import {
  createComparisonTable,
  createFileClaimTable,
  createRecallTable,
} from "../../tables/file-tables.ts";
import type { Section } from "../page/page.ts";
import { decorateRow, showTable } from "./rows.ts";

/** Are examples of a file as good as human ones, and for which labels? null: none stand beside as many human ones. */
export function createFilesSection({ files }: Analysis): Section | null {
  const { comparisons, answers } = files;
  if (comparisons.length === 0) return null;
  const student = ["file", "student", "flags"];
  const points = ["points", "difference_low_points"];
  const accuracies = [
    ["created_percent", "created_low_percent"],
    ["human_percent", "human_low_percent"],
  ];
  return {
    id: "files",
    name: "Files",
    title: "Are examples of a file as good as human ones?",
    content: [
      showTable(createFileClaimTable(answers), {
        cells: [
          ["claim", "tasks"],
          student,
          "train_n",
          "created_percent",
          "human_percent",
          ["points", "interval_low_points"],
          "p",
          "verdict",
        ],
        decorate: decorateRow,
      }),
      showTable(createComparisonTable(comparisons), {
        cells: [
          ["task", "kind"],
          student,
          ["train_n", "seeds"],
          "test_n",
          "constant_percent",
          ...accuracies,
          points,
          "created_f1_percent",
          "human_f1_percent",
        ],
        decorate: decorateRow,
      }),
      html`<details><summary>Label by label</summary>${showTable(createRecallTable(comparisons), {
        cells: [
          ["label", "task"],
          student,
          "train_n",
          "share_percent",
          "items",
          "created_percent",
          "human_percent",
          points,
        ],
        decorate: decorateRow,
      })}</details>\n`,
    ],
  };
}
