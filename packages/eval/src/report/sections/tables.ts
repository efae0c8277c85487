import { renderUsd, renderWhole } from "@seedling/core/internal";
import { html, type Insert, type Markup } from "../../render/markup.ts";
import type { AccuracyTable, Analysis, CostRow, Table5 } from "../../tables/analysis.ts";
import {
  dash,
  renderBaseline,
  renderInterval,
  renderPercent,
  renderPoints,
  renderPointsRange,
} from "../../tables/numbers.ts";
import type { Best, BestChoice, Components, Control } from "../../tables/view-beside.ts";
import { lookOf, renderShape } from "../charts/looks.ts";
import { nameColumn, numberColumn, type PageColumn, renderPageTable } from "../page/page-table.ts";
import { renderBadge, type Section, type SectionPart } from "../page/parts.ts";
import { renderAccuracies } from "./accuracies.ts";
import { renderRowDetails } from "./row-details.ts";
import { formatTask, listCellRows } from "./rows.ts";

/** The paper's tables with our numbers, each with what is behind it. */
export function createTablesSection(view: Analysis): Section {
  const { tables, table5, controls, best, components } = view;
  return {
    id: "tables",
    name: "Tables 3, 4, 5",
    title: "How do the numbers compare with the paper's?",
    parts: [
      {
        text: "An accuracy opens what is behind it: its runs, more metrics, and all its comparisons. Heads sort; a third click restores the first order.",
      },
      ...describeTable(tables[3]),
      ...describeTable(tables[4]),
      ...describeCosts(table5),
      ...describeControls(controls),
      ...describeBest(best, listCellRows(tables[3], tables[4])),
      ...describeComponents(components),
    ],
  };
}

/** Table 3 or 4, and the notes that its numbers link to. */
function describeTable(table: AccuracyTable): SectionPart[] {
  const { number, title, footnotes, notes } = table;
  const rows = listCellRows(table);
  if (rows.length === 0)
    return [{ missing: `${title}: no row yet.`, flags: "--data boolq --setting all" }];
  const items = footnotes.map((note, i) => html`<li id="note-${number}-${i}">${note}</li>`);
  return [
    { heading: title },
    renderAccuracies(table),
    html`${rows.map((row) => renderRowDetails(number, row))}<ol class="notes" aria-label="Footnotes">${items}</ol>`,
    { list: notes },
  ];
}

const costColumns: PageColumn<CostRow>[] = [
  {
    head: "Setting",
    cell: ({ source, originWord }) =>
      html`${renderShape(lookOf(source))}${source} ${renderBadge([originWord])}`,
    sort: ({ source }) => source,
  },
  nameColumn("Task", ({ task }) => formatTask(task)),
  {
    head: "Model, flags",
    layout: "prose",
    cell: ({ model, flags }) => html`${model}${flags && html`<small>${flags}</small>`}`,
    sort: ({ model }) => model,
  },
  numberColumn("Kept", ({ kept }) => kept, renderWhole),
  numberColumn("Tokens", ({ tokens }) => tokens, renderWhole),
  numberColumn("Tokens per example", ({ tokensPerKept }) => tokensPerKept, renderWhole),
  numberColumn("USD at 0.002 per 1,000", ({ paperPriceUsd }) => paperPriceUsd, renderUsd),
  numberColumn("… at the paper's size", (row) => row.paperPriceUsdAtPaperSize, renderUsd),
  numberColumn("USD today", ({ todayUsd }) => todayUsd, renderUsd),
  numberColumn("Paper, USD", ({ paperUsd }) => paperUsd, renderUsd),
  {
    head: "Notes",
    layout: "prose",
    cell: ({ partial, uncounted }) =>
      [partial && "stopped early", uncounted > 0 && `tokens of ${uncounted} replies not counted`]
        .filter(Boolean)
        .join("; "),
  },
];

function describeCosts({ title, rows, notes }: Table5): SectionPart[] {
  if (rows.length === 0)
    return [{ missing: `${title}: no row yet.`, flags: "--data boolq --setting tree" }];
  return [{ heading: title }, renderPageTable(title, costColumns, rows, true), { list: notes }];
}

/** What a classifier reaches without what it should need. */
function describeControls(controls: readonly Control[]): SectionPart[] {
  if (controls.length === 0)
    return [{ missing: "Controls: none yet.", flags: "--experiment controls" }];
  const columns: PageColumn<Control>[] = [
    ...taskColumns,
    nameColumn("Control", ({ control }) => control),
    { head: "Source", cell: renderSourceName },
    {
      ...numberColumn("Accuracy %", ({ accuracy }) => accuracy),
      cell: ({ accuracy, interval }) =>
        html`${renderPercent(accuracy)}<small>${renderInterval(interval)}</small>`,
    },
    numberColumn("Seeds", ({ seeds }) => seeds),
    { head: "Baseline %", layout: "right", cell: ({ baseline }) => renderBaseline(baseline) },
    {
      ...numberColumn(
        "Row without the control, minus it",
        (row) => row.difference?.estimate.value ?? null,
      ),
      cell: ({ difference }) =>
        difference === null
          ? dash
          : html`${renderPoints(difference.estimate.value)}<small>${renderPointsRange(difference.estimate)}</small>`,
    },
    { head: "Classifier", layout: "prose", cell: ({ labels }) => labels.student },
  ];
  return [
    { heading: "Controls" },
    {
      note: "A small difference means that the classifier needs nothing but what the control leaves it.",
    },
    renderPageTable("Controls", columns, controls, true),
  ];
}

/** The best setting or encoder chosen on dev, related to the one that the test set would choose. */
function describeBest(best: readonly Best[], rows: ReturnType<typeof listCellRows>): SectionPart[] {
  if (best.length === 0) return [];
  const humans = new Set(
    rows.filter(({ cell }) => cell.source === "human").map(({ cell }) => cell.id),
  );
  const renderChoice = (choice: BestChoice): Insert => {
    const ratios = humans.has(choice.cell) ? "human data itself" : renderRatios(choice);
    return html`${choice.label} ${renderPercent(choice.accuracy)}<small>${ratios}</small>`;
  };
  const columns: PageColumn<Best>[] = [
    ...taskColumns,
    {
      head: "Best",
      cell: ({ among, sample }) => [among, " ", renderBadge(sample ? ["SAMPLE"] : [])],
    },
    {
      head: "Chosen on dev",
      cell: ({ byDev }) => renderChoice(byDev),
      sort: ({ byDev }) => byDev.accuracy,
    },
    {
      head: "Chosen on test: too high",
      cell: ({ byTest }) => renderChoice(byTest),
      sort: ({ byTest }) => byTest.accuracy,
    },
    {
      head: "Paper, chosen on test",
      cell: ({ paper }) =>
        paper === null
          ? dash
          : html`${paper.label} ${paper.percent.toFixed(2)}<small>${renderRatios(paper)}</small>`,
      sort: ({ paper }) => paper?.percent ?? null,
    },
    { head: "Among", layout: "prose", cell: ({ within }) => within },
  ];
  return [
    { heading: "The best of several" },
    {
      note: "Percentages: best minus human, relative to the human accuracy (as the paper labels them) / to the best's own (as it prints them).",
    },
    renderPageTable("The best of several rows", columns, best, true),
  ];
}

function renderRatios({ ofHuman, ofBest }: Pick<BestChoice, "ofHuman" | "ofBest">): string {
  if (ofHuman === null || ofBest === null) return "no human row";
  return `${renderPoints(ofHuman)} % / ${renderPoints(ofBest)} %`;
}

const variances = ["formatting example", "creation sampling", "training seed"] as const;

/** Where the variance between runs comes from. */
function describeComponents(components: readonly Components[]): SectionPart[] {
  if (components.length === 0) return [];
  const columns: PageColumn<Components>[] = [
    { head: "Row", cell: renderSourceName, sort: ({ labels }) => labels.source },
    ...taskColumns,
    numberColumn("Runs", ({ runs }) => runs),
    ...variances.map((name): PageColumn<Components> => {
      const find = ({ sources }: Components) => sources.find(({ source }) => source === name);
      return {
        ...numberColumn(name, (row) => find(row)?.sd ?? null),
        cell: (row) => renderComponent(find(row)),
      };
    }),
    {
      head: "Classifier, flags",
      layout: "prose",
      cell: ({ labels }) => [labels.student, labels.flags && `; ${labels.flags}`],
    },
  ];
  return [
    { heading: "Where the variance between runs comes from" },
    { note: "Standard deviation of accuracy in points, and its part of the whole variance." },
    renderPageTable("Variance components of accuracy", columns, components, true),
  ];
}

function renderComponent(source: Components["sources"][number] | undefined): Insert {
  if (!source || source.sd === null) return html`${dash}<small>${source?.why ?? ""}</small>`;
  const share = source.share === null ? "" : `${renderPercent(source.share, 0)} % of variance, `;
  const others = source.includes.length > 0 ? `; with ${source.includes.join(" and ")}` : "";
  return html`${renderPercent(source.sd)}<small>${share}${source.levels} levels${others}</small>`;
}

const taskColumns = [
  nameColumn<{ task: string; test: string }>("Trained on", ({ task }) => formatTask(task)),
  nameColumn<{ task: string; test: string }>("Tested on", ({ test }) => formatTask(test)),
];

function renderSourceName({ labels }: Pick<Control, "labels">): Markup {
  return html`${labels.source} ${renderBadge([labels.originWord])}`;
}
