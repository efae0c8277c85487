import type { Machine } from "@seedling/core/internal";
import { html, type Insert } from "../render/markup.ts";

import type { CreationRun, EvaluationRun, Results, TrainingRun } from "../results/results.ts";
import type { Analysis } from "../tables/analysis.ts";
import { type Column, renderTable } from "./data-table.ts";
import { renderMark } from "./figure.ts";
import { renderTask } from "./figures.ts";
import type { Section } from "./section.ts";

/** Under which conditions all of it came to be, and what was left out. */
export function toConditionsSection(view: Analysis, results: Results): Section {
  const { about, footers, failures, leftOut } = view;
  const { creations, trainings, evaluations } = results;
  const body = html`${about.map((line) => html`<p>${line}</p>`)}
<ul class="notes">${footers.map((line) => html`<li>${line}</li>`)}</ul>
${failures.length > 0 && html`<h3>Runs that failed</h3>${renderTable("Failed", failureColumns, failures)}`}
${leftOut.length > 0 && html`<h3>Files that were left out</h3>${renderTable("Left out", leftOutColumns, leftOut)}`}
<h3>Every run</h3>
<p class="note">Paths are in the results folder; a manifest there holds all of this, and more. Hashes are of files read or written, SHA-256, cut to twelve digits.</p>
${creations.length > 0 && html`<details><summary>${creations.length} creations</summary>${renderTable("Creations", creationColumns, creations)}</details>`}
${trainings.length > 0 && html`<details><summary>${trainings.length} trainings</summary>${renderTable("Trainings", trainingColumns, trainings)}</details>`}
${evaluations.length > 0 && html`<details><summary>${evaluations.length} evaluations</summary>${renderTable("Evaluations", evaluationColumns, evaluations)}</details>`}`;
  return { id: "conditions", name: "Conditions", title: "Under which conditions?", body };
}

const failureColumns: Column<Analysis["failures"][number]>[] = [
  { head: "Path", cell: ({ path }) => html`<code>${path}</code>` },
  { head: "Stage", cell: ({ stage }) => stage, sort: ({ stage }) => stage },
  { head: "Error", prose: true, cell: ({ error }) => error },
  { head: "When", cell: ({ at }) => at, sort: ({ at }) => at },
];

const leftOutColumns: Column<Analysis["leftOut"][number]>[] = [
  { head: "Path", cell: ({ path }) => html`<code>${path}</code>` },
  { head: "Why", prose: true, cell: ({ why }) => why },
];

interface Described {
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

/** What all manifests say. */
const common = {
  run: {
    head: "Run",
    cell: ({ path, manifest }: Described) =>
      html`${renderTask(manifest.task)} ${manifest.source} ${renderOrigin(manifest)}<small><code>${path}</code></small>`,
    sort: ({ path }: Described) => path,
    prose: true,
  },
  seeds: {
    head: "Seeds",
    cell: ({ manifest: { seeds } }: Described) => renderPairs(seeds),
  },
  flags: {
    head: "Flags",
    prose: true,
    cell: ({ manifest }: Described) => renderPairs(manifest.conditions) || "defaults",
  },
  hashes: {
    head: "Hashes",
    prose: true,
    cell: ({ manifest }: Described) =>
      renderPairs({ ...manifest.inputs, ...manifest.outputs }, (value) => value.slice(0, 12)),
  },
  machine: {
    head: "Machine",
    prose: true,
    cell: ({ manifest: { machine } }: Described) =>
      machine
        ? `seedling ${machine.seedling}, Node ${machine.node}, ${machine.system}, ${machine.cores} x ${machine.processor || "unnamed processor"}, ${machine.memory} GiB`
        : "not said",
  },
  date: {
    head: "When",
    cell: ({ manifest }: Described) => manifest.createdAt.slice(0, 16).replace("T", " "),
    sort: ({ manifest }: Described) => manifest.createdAt,
  },
} satisfies Record<string, Column<Described>>;

const creationColumns: Column<CreationRun>[] = [
  common.run,
  common.seeds,
  {
    head: "Model, date of replies",
    prose: true,
    cell: ({ manifest: { completions } }) =>
      html`${completions.model}<small>${completions.date.slice(0, 10)}</small>`,
  },
  common.flags,
  {
    head: "Version",
    align: "right",
    cell: ({ manifest }) => manifest.version,
  },
  common.hashes,
  common.machine,
  common.date,
];

const trainingColumns: Column<TrainingRun>[] = [
  common.run,
  common.seeds,
  {
    head: "Student",
    prose: true,
    cell: ({ manifest: { student } }) => `${student.encoder}, ${student.tune}`,
  },
  { head: "Machine", prose: true, cell: ({ manifest }) => renderMachine(manifest) },
  { head: "Chosen on dev", prose: true, cell: ({ manifest }) => renderPairs(manifest.best) },
  common.flags,
  common.hashes,
  common.machine,
  common.date,
];

const evaluationColumns: Column<EvaluationRun>[] = [
  common.run,
  common.seeds,
  {
    head: "Tested on",
    cell: ({ manifest: { test } }) =>
      html`${renderTask(test.task)}<small>${test.n} items, ${test.data.verified ? "the original's file" : `${test.data.kind}, not verified`}</small>`,
    sort: ({ manifest }) => manifest.test.task,
  },
  common.flags,
  common.hashes,
  common.machine,
  common.date,
];

function renderOrigin({ data, completions }: Described["manifest"]): Insert {
  if (data.kind === "sample" || completions?.kind === "sample") return renderMark("SAMPLE");
  return renderMark(completions?.kind === "replay" ? "replay" : null);
}

function renderMachine({ backend, settings }: TrainingRun["manifest"]): Insert {
  const set = renderPairs(settings);
  return html`${backend}${set && html`<small>${set}</small>`}`;
}

function renderPairs(
  values: Record<string, unknown>,
  toShown: (value: string) => string = (value) => value,
): string {
  const pairs = Object.entries(values).map(([name, value]) => `${name} ${toShown(String(value))}`);
  return pairs.sort().join(", ");
}
