import type { Machine } from "@seedling/core/internal";
import { html, type Insert } from "../../render/markup.ts";
import type { CreationRun, EvaluationRun, Results, TrainingRun } from "../../results/results.ts";
import type { Analysis } from "../../tables/analysis.ts";
import { nameColumn, type PageColumn, renderPageTable } from "../page/page-table.ts";
import { renderBadge, type Section, type SectionPart } from "../page/parts.ts";
import { formatTask } from "./rows.ts";

/** How every run was made, and what was left out. */
export function createConditionsSection(view: Analysis, results: Results): Section {
  const { about, footers, failures, leftOut } = view;
  const { creations, trainings, evaluations } = results;
  return {
    id: "conditions",
    name: "Conditions",
    title: "How was everything run?",
    parts: [
      ...about.map((line) => ({ text: line })),
      { list: footers },
      ...listRows("Runs that failed", failureColumns, failures),
      ...listRows("Files that were left out", leftOutColumns, leftOut),
      { heading: "Every run" },
      {
        note: "Paths are relative to results, where each manifest has all of this and more. Hashes are the first twelve digits of the SHA-256 of files read or written.",
      },
      listRuns("creations", creationColumns, creations),
      listRuns("trainings", trainingColumns, trainings),
      listRuns("evaluations", evaluationColumns, evaluations),
    ],
  };
}

function listRows<Row>(
  title: string,
  columns: readonly PageColumn<Row>[],
  rows: readonly Row[],
): SectionPart[] {
  return rows.length === 0 ? [] : [{ heading: title }, renderPageTable(title, columns, rows, true)];
}

function listRuns<Row>(
  what: string,
  columns: readonly PageColumn<Row>[],
  rows: readonly Row[],
): SectionPart {
  const title = `${rows.length} ${what}`;
  return (
    rows.length > 0 && { details: title, parts: [renderPageTable(title, columns, rows, true)] }
  );
}

const failureColumns: PageColumn<Analysis["failures"][number]>[] = [
  { head: "Path", cell: ({ path }) => html`<code>${path}</code>` },
  nameColumn("Stage", ({ stage }) => stage),
  { head: "Error", layout: "prose", cell: ({ error }) => error },
  nameColumn("Date", ({ at }) => at),
];

const leftOutColumns: PageColumn<Analysis["leftOut"][number]>[] = [
  { head: "Path", cell: ({ path }) => html`<code>${path}</code>` },
  { head: "Reason", layout: "prose", cell: ({ why }) => why },
];

/** What all manifests have. */
interface AnyRun {
  path: string;
  manifest: {
    task: string;
    source: string;
    data: CreationRun["manifest"]["data"];
    completions: EvaluationRun["manifest"]["completions"];
    seeds: Partial<Record<"example" | "creation" | "train", number>>;
    conditions: Record<string, unknown>;
    inputs: Record<string, string>;
    outputs?: Record<string, string>;
    machine?: Machine | undefined;
    createdAt: string;
  };
}

const firstColumns: PageColumn<AnyRun>[] = [
  {
    head: "Run",
    layout: "prose",
    cell: ({ path, manifest: { task, source, data, completions } }) =>
      html`${formatTask(task)} ${source} ${renderBadge([data.kind === "sample" || completions?.kind === "sample" ? "SAMPLE" : (completions?.kind ?? "")])}<small><code>${path}</code></small>`,
    sort: ({ path }) => path,
  },
  { head: "Seeds", cell: ({ manifest: { seeds } }) => formatPairs(seeds) },
];

const lastColumns: PageColumn<AnyRun>[] = [
  {
    head: "Flags",
    layout: "prose",
    cell: ({ manifest }) => formatPairs(manifest.conditions) || "defaults",
  },
  {
    head: "Hashes",
    layout: "prose",
    cell: ({ manifest: { inputs, outputs } }) =>
      formatPairs({ ...inputs, ...outputs }, (value) => value.slice(0, 12)),
  },
  { head: "Machine", layout: "prose", cell: ({ manifest }) => formatMachine(manifest.machine) },
  {
    head: "Date",
    cell: ({ manifest }) => manifest.createdAt.slice(0, 16).replace("T", " "),
    sort: ({ manifest }) => manifest.createdAt,
  },
];

const creationColumns: PageColumn<CreationRun>[] = [
  ...firstColumns,
  {
    head: "Model, date of replies",
    layout: "prose",
    cell: ({ manifest: { completions } }) =>
      html`${completions.model}<small>${completions.date.slice(0, 10)}</small>`,
  },
  { head: "Version", layout: "right", cell: ({ manifest }) => manifest.version },
  ...lastColumns,
];

const trainingColumns: PageColumn<TrainingRun>[] = [
  ...firstColumns,
  {
    head: "Classifier",
    layout: "prose",
    cell: ({ manifest: { student } }) => `${student.encoder}, ${student.tune}`,
  },
  { head: "Backend", layout: "prose", cell: ({ manifest }) => renderBackend(manifest) },
  { head: "Chosen on dev", layout: "prose", cell: ({ manifest }) => formatPairs(manifest.best) },
  ...lastColumns,
];

const evaluationColumns: PageColumn<EvaluationRun>[] = [
  ...firstColumns,
  {
    head: "Tested on",
    cell: ({ manifest: { test } }) =>
      html`${formatTask(test.task)}<small>${test.n} items, ${test.data.verified ? "the original's file" : `${test.data.kind}, not verified`}</small>`,
    sort: ({ manifest }) => manifest.test.task,
  },
  ...lastColumns,
];

function renderBackend({ backend, settings }: TrainingRun["manifest"]): Insert {
  const pairs = formatPairs(settings);
  return html`${backend}${pairs && html`<small>${pairs}</small>`}`;
}

function formatMachine(machine: Machine | undefined): string {
  if (!machine) return "unknown";
  const { seedling, node, system, cores, processor, memory } = machine;
  return `seedling ${seedling}, Node ${node}, ${system}, ${cores} x ${processor || "unnamed processor"}, ${memory} GiB`;
}

function formatPairs(
  values: Record<string, unknown>,
  format: (value: string) => string = (value) => value,
): string {
  const pairs = Object.entries(values).map(([name, value]) => `${name} ${format(String(value))}`);
  return pairs.sort().join(", ");
}
