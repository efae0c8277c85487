import {
  escapeMarkdown,
  quoteYaml,
  renderCount,
  renderPercent,
  renderWhole,
  shortenPath,
  wilsonInterval,
} from "@seedling/core/internal";
import type { TrainingManifest } from "./training-manifest.ts";

/** What a classifier answered on a test set, as counts. */
export interface CardEvaluation {
  /** A benchmark's name, or a folder's as given. */
  test: string;
  isSample: boolean;
  n: number;
  correct: number;
  /** How often the test set has each label; null: options vary. */
  labels: Readonly<Record<string, number>> | null;
  /** null: not computed. */
  macroF1: number | null;
}

/** Renders the lines of `model-index`, by which the hub shows results; none where nothing was evaluated. */
export function renderModelIndex(
  { task, source, train }: Pick<TrainingManifest, "task" | "source" | "train">,
  evaluations: readonly CardEvaluation[],
): string[] {
  if (evaluations.length === 0) return [];
  const type = train.labels ? "text-classification" : "multiple-choice";
  return [
    "model-index:",
    `  - name: ${quoteYaml(`${task}, ${source}`)}`,
    "    results:",
    ...evaluations.flatMap((evaluation) => {
      const { test, n, correct, macroF1 } = evaluation;
      const { low, high } = wilsonInterval(correct / n, n);
      const interval = `95 % interval ${low.toFixed(4)} to ${high.toFixed(4)}`;
      return [
        "      - task:",
        `          type: ${type}`,
        "        dataset:",
        `          name: ${quoteYaml(nameTest(evaluation))}`,
        `          type: ${quoteYaml(shortenPath(test))}`,
        "          split: test",
        "        metrics:",
        "          - type: accuracy",
        `            value: ${(correct / n).toFixed(4)}`,
        `            name: ${quoteYaml(`Accuracy (${interval}, ${renderCount(n, "item")})`)}`,
        ...(macroF1 === null
          ? []
          : [
              "          - type: f1",
              `            value: ${macroF1.toFixed(4)}`,
              `            name: ${quoteYaml("Macro F1")}`,
            ]),
      ];
    }),
  ];
}

/** Renders what was measured as a table, and a line feed behind it; null where nothing was. */
export function renderResults(evaluations: readonly CardEvaluation[]): string | null {
  if (evaluations.length === 0) return null;
  const rows = evaluations.map((evaluation) => {
    const { n, correct, labels, macroF1 } = evaluation;
    const { low, high } = wilsonInterval(correct / n, n);
    const most = labels && Math.max(...Object.values(labels)) / n;
    return [
      escapeMarkdown(nameTest(evaluation)),
      renderWhole(n),
      renderPercent(correct / n),
      `${renderPercent(low)} to ${renderPercent(high)}`,
      most === null ? "" : renderPercent(most),
      macroF1 === null ? "" : macroF1.toFixed(3),
    ];
  });
  const head = [
    "test set",
    "items",
    "accuracy",
    "95 % interval",
    "best constant answer",
    "macro F1",
  ];
  const lines = [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`);
  return ["## Results", "", ...lines, ""].join("\n");
}

function nameTest({ test, isSample }: CardEvaluation): string {
  return `${shortenPath(test)}${isSample ? " (SAMPLE)" : ""}`;
}
