import { renderCount } from "@seedling/core/internal";
import { html, type Insert, renderHtmlTable } from "../../render/html.ts";
import type { CreationRun, EvaluationRun, Results, TrainingRun } from "../../results/results.ts";
import type { Analysis } from "../../tables/analysis.ts";
import { left, long, type TableColumn } from "../../tables/column.ts";
import { nameOrigin } from "../../tables/labels.ts";
import {
  type Choice,
  renderBadge,
  renderChoice,
  renderNotes,
  type Section,
  wordFilter,
} from "../page/page.ts";
import { formatTask } from "./rows.ts";

export function createConditionsSection(analysis: Analysis, results: Results): Section {
  const { about, footers, failures, leftOut } = analysis;
  const { creations, trainings, evaluations } = results;
  return {
    id: "conditions",
    name: "Conditions",
    title: "How was everything run?",
    content: [
      about.map((line) => html`<p>${line}</p>\n`),
      renderNotes(footers),
      listFiles("Runs that failed", failureColumns, failures),
      listFiles("Files that were left out", leftOutColumns, leftOut),
      html`<h3>Every run</h3>
<p class="note">Paths are relative to results, where each manifest has all of this and more. Hashes are the first twelve digits of the SHA-256 of files read or written.</p>\n`,
      renderChoice({
        choice: "Runs",
        filters: wordFilter,
        contents: [
          listRuns("creation", creations, ({ manifest: { completions } }) => [
            completions.model,
            `replies of ${completions.date.slice(0, 10)}`,
          ]),
          listRuns("training", trainings, ({ manifest: { student, backend, settings, best } }) => [
            `${student.encoder}, ${student.tune}`,
            backend,
            formatPairs(settings),
            `chosen on dev: ${formatPairs(best)}`,
          ]),
          listRuns("evaluation", evaluations, ({ manifest: { test } }) => [
            `${test.n} items of ${formatTask(test.task)}`,
            test.data.verified ? "the original's file" : `${test.data.kind}, not verified`,
          ]),
        ],
      }),
    ],
  };
}

function listFiles<Row extends { path: string }>(
  title: string,
  columns: TableColumn<Row>[],
  rows: readonly Row[],
): Insert {
  const decorate = { path: (_: Row, path: string) => html`<code>${path}</code>` };
  const table = renderHtmlTable({ title, columns, rows }, { decorate });
  return rows.length > 0 && html`<h3>${title}</h3>\n${table}`;
}

/** @param describe what a stage's runs were made with */
function listRuns<Row extends AnyRun>(
  what: string,
  rows: readonly Row[],
  describe: (run: Row) => string[],
): Choice["contents"][number] {
  const title = renderCount(rows.length, what);
  const made = long("made", "Made with", (run: Row) => describe(run).filter(Boolean).join("; "));
  const columns = [...firstColumns, made, ...lastColumns];
  const table = { title, columns, rows };
  return { name: title, content: renderHtmlTable(table, { decorate: { run: renderRun } }) };
}

const failureColumns: TableColumn<Analysis["failures"][number]>[] = [
  left("path", "Path", ({ path }) => path),
  left("stage", "Stage", ({ stage }) => stage),
  long("error", "Error", ({ error }) => error),
  left("date", "Date", ({ at }) => at),
];

const leftOutColumns: TableColumn<Analysis["leftOut"][number]>[] = [
  left("path", "Path", ({ path }) => path),
  long("reason", "Reason", ({ why }) => why),
];

type AnyRun = CreationRun | TrainingRun | EvaluationRun;

const firstColumns: TableColumn<AnyRun>[] = [
  long("run", "Run", ({ path }) => path),
  left("seeds", "Seeds", ({ manifest }) => formatPairs(manifest.seeds)),
];

const lastColumns: TableColumn<AnyRun>[] = [
  long("flags", "Flags", ({ manifest }) => formatPairs(manifest.conditions) || "defaults"),
  long("hashes", "Hashes", ({ manifest: { inputs, outputs } }) =>
    formatPairs({ ...inputs, ...outputs }, (value) => value.slice(0, 12)),
  ),
  long("machine", "Machine", ({ manifest }) => formatMachine(manifest.machine)),
  left("date", "Date", ({ manifest }) => manifest.createdAt.slice(0, 16).replace("T", " ")),
];

function renderRun({ manifest }: AnyRun, path: string): Insert {
  const { task, source } = manifest;
  return html`${formatTask(task)} ${source} ${renderBadge([nameOrigin(manifest)])}<small><code>${path}</code></small>`;
}

function formatMachine(machine: AnyRun["manifest"]["machine"]): string {
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
