import { html, type Insert, type Markup } from "../../render/markup.ts";
import {
  dash,
  renderBaseline,
  renderInterval,
  renderPercent,
  renderPoints,
  renderPointsRange,
} from "../../tables/numbers.ts";
import type { Best, BestChoice, Components, Control } from "../../tables/view-beside.ts";
import { type Column, renderTable } from "../data-table.ts";
import { renderMark, toMark } from "../figure.ts";
import { renderTask } from "../figures.ts";

/** Controls: what a classifier reaches without what it should need. */
export function renderControls(controls: readonly Control[]): Markup {
  const columns: Column<Control>[] = [
    { head: "Trained on", cell: ({ task }) => renderTask(task), sort: ({ task }) => task },
    { head: "Tested on", cell: ({ test }) => renderTask(test), sort: ({ test }) => test },
    { head: "Control", cell: ({ control }) => control, sort: ({ control }) => control },
    {
      head: "Source",
      cell: ({ labels }) => [labels.source, " ", renderMark(toMark([labels.originWord]))],
    },
    {
      head: "Accuracy %",
      align: "right",
      cell: ({ accuracy, interval }) =>
        html`${renderPercent(accuracy)}<small>${renderInterval(interval)}</small>`,
      sort: ({ accuracy }) => accuracy,
    },
    { head: "Seeds", align: "right", cell: ({ seeds }) => seeds },
    { head: "Baseline %", align: "right", cell: ({ baseline }) => renderBaseline(baseline) },
    {
      head: "The row without the control, minus it",
      align: "right",
      cell: ({ difference }) =>
        difference === null
          ? dash
          : html`${renderPoints(difference.estimate.value)}<small>${renderPointsRange(difference.estimate)}</small>`,
      sort: ({ difference }) => difference?.estimate.value ?? null,
    },
    { head: "Student", prose: true, cell: ({ labels }) => labels.student },
  ];
  return html`<h3>Controls</h3>
<p class="note">Where the difference is small, the control's way to answer would do as well.</p>
${renderTable("Controls", columns, controls, true)}`;
}

/**
 * The best setting or encoder, chosen on dev; beside it what the test set itself would choose.
 * @param humans the cells trained on human data, which no percentage compares with human data
 */
export function renderBest(best: readonly Best[], humans: ReadonlySet<string>): Markup {
  const renderChoice = (choice: BestChoice): Insert => {
    const ratios = humans.has(choice.cell) ? "human data itself" : renderRatios(choice);
    return html`${choice.label} ${renderPercent(choice.accuracy)}<small>${ratios}</small>`;
  };
  const columns: Column<Best>[] = [
    { head: "Trained on", cell: ({ task }) => renderTask(task), sort: ({ task }) => task },
    { head: "Tested on", cell: ({ test }) => renderTask(test), sort: ({ test }) => test },
    {
      head: "Best",
      cell: ({ among, sample }) => [among, " ", renderMark(sample ? "SAMPLE" : null)],
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
    { head: "Within", prose: true, cell: ({ within }) => within },
  ];
  return html`<h3>The best of several</h3>
<p class="note">Percentages: best minus human, of the human accuracy (as the paper labels them) / of the best's own (as it prints them).</p>
${renderTable("The best of several rows", columns, best, true)}`;
}

function renderRatios({
  ofHuman,
  ofBest,
}: {
  ofHuman: number | null;
  ofBest: number | null;
}): string {
  if (ofHuman === null || ofBest === null) return "no human row";
  return `${renderPoints(ofHuman)} % / ${renderPoints(ofBest)} %`;
}

const variances = ["formatting example", "creation sampling", "training seed"] as const;

/** Where the variance between runs comes from. */
export function renderComponents(components: readonly Components[]): Markup {
  const columns: Column<Components>[] = [
    {
      head: "Row",
      cell: ({ labels }) => [labels.source, " ", renderMark(toMark([labels.originWord]))],
      sort: ({ labels }) => labels.source,
    },
    { head: "Trained on", cell: ({ task }) => renderTask(task), sort: ({ task }) => task },
    { head: "Tested on", cell: ({ test }) => renderTask(test), sort: ({ test }) => test },
    { head: "Runs", align: "right", cell: ({ runs }) => runs, sort: ({ runs }) => runs },
    ...variances.map((name): Column<Components> => {
      const find = ({ sources }: Components) => sources.find(({ source }) => source === name);
      return {
        head: name,
        align: "right",
        cell: (one) => renderComponent(find(one)),
        sort: (one) => find(one)?.sd ?? null,
      };
    }),
    {
      head: "Student, flags",
      prose: true,
      cell: ({ labels }) => [labels.student, labels.flags && `; ${labels.flags}`],
    },
  ];
  return html`<h3>Where the variance between runs comes from</h3>
<p class="note">Standard deviation of accuracy in points, and its share of the whole variance.</p>
${renderTable("Variance components of accuracy", columns, components, true)}`;
}

function renderComponent(source: Components["sources"][number] | undefined): Insert {
  if (!source || source.sd === null) return html`${dash}<small>${source?.why ?? ""}</small>`;
  const share = source.share === null ? "" : `${renderPercent(source.share, 0)} % of variance, `;
  const others = source.includes.length > 0 ? `; with ${source.includes.join(" and ")}` : "";
  return html`${renderPercent(source.sd)}<small>${share}${source.levels} levels${others}</small>`;
}
