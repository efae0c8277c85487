import { mean, renderUsd, renderWhole } from "@seedling/core/internal";
import { sum } from "d3-array";
import { html, renderHtmlTable } from "../../render/html.ts";
import type { Analysis } from "../../tables/analysis.ts";
import { left, long, number, right, type TableColumn } from "../../tables/column.ts";
import { renderFixedPercent } from "../../tables/numbers.ts";
import type { Commands } from "../page/commands.ts";
import { renderCharts, renderMissing, type Section } from "../page/page.ts";
import {
  type Comparison,
  type CreationGroup,
  countCandidates,
  createCountsChart,
  createLevelChart,
  creationColumns,
  decorateCreation,
  type LevelMeasure,
} from "./creations.ts";

export function createYieldSection(
  { table5 }: Analysis,
  comparisons: readonly Comparison[],
  commands: Commands,
): Section {
  const groups = comparisons.flatMap((comparison) => comparison.groups);
  return {
    id: "yield",
    name: "Yield",
    title: "How many candidates are kept?",
    content:
      groups.length === 0
        ? renderMissing("Nothing was created yet.", commands.run("--setting all"))
        : [
            html`<p>From replies to kept examples, means over the seeds of a row. A step's percentage is of the step before. Table 5 has the costs.</p>\n`,
            renderHtmlTable(
              { title: "Yield funnel", columns: yieldColumns, rows: groups },
              {
                cells: [
                  ["source", "task"],
                  ["model", "flags"],
                  "creations",
                  "replies",
                  ...steps,
                  "tokens",
                  "usd",
                ],
                decorate: decorateCreation,
              },
            ),
            table5.rows.some(({ partial }) => partial) &&
              html`<p class="note">Some creations stopped early.</p>\n`,
            html`<h3>Candidates kept and rejected</h3>\n`,
            renderCharts(
              comparisons.map(({ title, origins, groups }, i) =>
                createCountsChart({
                  id: `candidates-${i}`,
                  title: `Candidates, kept or rejected: ${title}`,
                  origins,
                  whole: "candidates found in replies",
                  rows: groups.map((group) => ({
                    setting: group.row.source,
                    counts: countCandidates(group),
                  })),
                }),
              ),
            ),
          ],
  };
}

/** The steps of the funnel after the completions, in their order. */
const steps = ["Candidates", "Valid", "New", "Kept"] as const;

const yieldColumns: TableColumn<CreationGroup>[] = [
  ...creationColumns,
  long("model", "Model", ({ row: { model } }) => model),
  left("flags", "Flags", ({ row: { flags } }) => flags),
  right("creations", "Creations", ({ creations }) => creations.length),
  number("replies", "Replies", ({ row }) => row.replies, renderWhole),
  ...steps.map((step) =>
    number<CreationGroup>(
      step,
      step,
      (group) => countStep(group, step),
      (n, group) => formatStep(group, step, n),
    ),
  ),
  number("tokens", "Tokens per example", ({ row }) => row.tokensPerKept, renderWhole),
  number("usd", "USD today", ({ row }) => row.todayUsd, renderUsd),
];

/** The mean number that a step leaves; null where the manifests do not have it. */
function countStep({ creations }: CreationGroup, step: string): number | null {
  const counts = creations.flatMap(
    ({ manifest }) => manifest.funnel.find((one) => one.step === step.toLowerCase())?.n ?? [],
  );
  return counts.length === 0 ? null : mean(counts);
}

/** What a step leaves, with its percentage of the step before: `51 (94.4 %)`. */
function formatStep(group: CreationGroup, step: (typeof steps)[number], n: number): string {
  const before = steps[steps.indexOf(step) - 1];
  const whole = before ? countStep(group, before) : null;
  return whole ? `${renderWhole(n)} (${renderFixedPercent(n / whole, 1)} %)` : renderWhole(n);
}

const measures: readonly LevelMeasure[] = [
  {
    id: "distinct",
    title: "Distinct pairs of words",
    y: "distinct-2 (higher: more diverse)",
    measures: [{ of: ({ distinct2 }) => distinct2 }],
  },
  {
    id: "similarity",
    title: "Similarity among questions",
    y: "mean overlap of two (lower: more diverse)",
    measures: [{ of: ({ selfSimilarity }) => selfSimilarity }],
  },
];

export function createDiversitySection(
  comparisons: readonly Comparison[],
  commands: Commands,
): Section {
  const groups = comparisons.flatMap((comparison) => comparison.groups);
  return {
    id: "diversity",
    name: "Diversity",
    title: "Are the created examples diverse, and are they new?",
    content:
      groups.length === 0
        ? renderMissing("Nothing was created yet.", commands.run("--setting all"))
        : [
            html`<p>By depth: the number of requests between the formatting example and an example. Each level is measured on at most 200 of its questions.</p>\n`,
            renderCharts(
              comparisons.flatMap((comparison, i) =>
                measures.map((measure) => createLevelChart(comparison, measure, i)),
              ),
            ),
            renderHtmlTable(
              {
                title: "Duplicates, and overlap with test and dev items",
                columns: diversityColumns,
                rows: groups,
              },
              { decorate: decorateCreation },
            ),
            html`<p class="note">Each creation's rejected.jsonl lists its rejected candidates with what they are too close to. Near duplicates are rejected only with <code>--reject near-duplicate</code>.</p>\n`,
          ],
  };
}

const diversityColumns: TableColumn<CreationGroup>[] = [
  ...creationColumns,
  countColumn("Kept", "kept"),
  countColumn("Duplicates rejected", "duplicate"),
  countColumn("Near duplicates rejected", "near duplicate"),
  number("contaminated", "Kept, too close to a test or dev item", countContaminated, String, {
    none: "not counted",
  }),
];

function countColumn(head: string, kind: string): TableColumn<CreationGroup> {
  return number(kind, head, (group) => countCandidates(group).get(kind) ?? 0, renderWhole);
}

function countContaminated({ creations }: CreationGroup): number | null {
  const known = creations.flatMap(({ manifest }) => manifest.contamination ?? []);
  return known.length === 0 ? null : sum(known, ({ kept }) => kept);
}
