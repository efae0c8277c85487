import { dash, sha256 } from "@seedling/core/internal";
import { group } from "d3-array";
import { type HtmlLayout, html, type Insert, type Markup } from "../../render/html.ts";
import { accuracyColumns, createAccuracyTable } from "../../tables/accuracy-columns.ts";
import { type AccuracyRow, type AccuracyTable, listCellRows } from "../../tables/accuracy-table.ts";
import type { Analysis } from "../../tables/analysis.ts";
import { bestTable } from "../../tables/best.ts";
import { findColumn } from "../../tables/column.ts";
import { componentTable, listComponents } from "../../tables/components.ts";
import { controlTable } from "../../tables/controls.ts";
import { isOwn } from "../../tables/labels.ts";
import { findNoteColumn } from "../../tables/notes.ts";
import { renderFixedPercent, renderInterval, renderP } from "../../tables/numbers.ts";
import {
  renderClaim,
  renderPaper,
  renderPaperDifference,
  renderStarred,
} from "../../tables/row-texts.ts";
import { type CellRow, listHumanDifferences } from "../../tables/rows.ts";
import { createCostTable } from "../../tables/table5.ts";
import type { Commands } from "../page/commands.ts";
import {
  keepFlags,
  renderBadge,
  renderBehind,
  renderMark,
  renderNotes,
  type Section,
} from "../page/page.ts";
import { decorateRow, formatTask, formatTasks, renderSource, showTable } from "./rows.ts";

export function createTablesSection(analysis: Analysis, commands: Commands): Section {
  const { tables, table5, controls, best, components } = analysis;
  return {
    id: "tables",
    name: "Tables 3, 4, 5",
    title: "How do the numbers compare with the paper's?",
    content: [
      html`<p>Click an accuracy for its runs, more metrics and all its comparisons. Click a head to sort; a third click restores the first order.</p>\n`,
      showAccuracies(tables[3], commands.run("--setting all")),
      showAccuracies(tables[4], commands.run("--setting all")),
      showTable(
        createCostTable(table5),
        {
          cells: [
            ["source", "task"],
            ["model", "flags"],
            "creations",
            "kept",
            "replies",
            ["tokens", "tokens_per_kept"],
            "usd_at_paper_price",
            "usd_at_paper_price_and_size",
            "usd_today",
            "paper_usd",
          ],
          decorate: {
            flags: (_, text) => keepFlags(text),
            task: (_, task) => formatTask(task),
            tokens_per_kept: (_, text) => `${text} an example kept`,
            source: ({ source, originWord }, text) => renderSource(source, text, originWord),
          },
        },
        commands.run("--setting tree"),
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
        commands.run("--setting tree --labels shuffled"),
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

/**
 * Table 3 or 4: what a reader needs first comes first, an accuracy opens its details, and a note on a column stands
 * behind a mark in its head.
 * @param command that brings rows; null: nothing is shown of an empty table
 */
export function showAccuracies(accuracies: AccuracyTable, command: string | null): Insert {
  const { number, footnotes, notes } = accuracies;
  const rows = listCellRows(accuracies);
  const table = createAccuracyTable(accuracies);
  const byColumn = group(notes, (note) => findNoteColumn(note) ?? "");
  const general = byColumn.get("") ?? [];
  byColumn.delete("");
  const heads = [...byColumn].map(([column, its]) => {
    const id = `about-${sha256(JSON.stringify([column, its, rows.map(({ cell }) => cell.id)])).slice(0, 12)}`;
    return { column, id, about: findColumn(accuracyColumns, column).head ?? "", notes: its };
  });
  const marks = Object.fromEntries(
    heads.flatMap(({ column, id, about }) =>
      [column, column.replace("same_n", "largest")].map((one) => [one, renderMark(id, about)]),
    ),
  );
  const below = html`${rows.map((row) => renderRowDetails(number, row))}
${heads.map(({ id, about, notes }) => renderBehind(id, about, notes))}
${footnotes.map((note, i) => renderBehind(`note-${number}-${i}`, `footnote ${i + 1}`, [`${i + 1}: ${note}`]))}
${general.length > 0 && renderNotes(general)}`;
  const own = rows.length > 0 && rows.every(({ cell }) => isOwn(cell));
  const layout = { ...createLayout(number), cells: own ? ownCells : paperCells, marks };
  return showTable({ ...table, notes: [] }, layout, command, below);
}

const differences = ["minus_human_same_n", "minus_human_largest"].map((name) =>
  ["points", "p_holm", "mde_points", "claim"].map((part) => `${name}_${part}`),
);

const accuracyCells = [
  "accuracy_percent",
  "interval_low_percent",
  "without_contaminated_percent",
  "without_dev_shared_percent",
];

const paperCells = [
  ["source", "trained_on", "student_encoder", "note"],
  accuracyCells,
  ["train_n", "test_n"],
  ...differences,
  "paper_percent",
  "figure_verdict",
  "seeds",
  "baseline_chance_percent",
  "tree_minus_others",
  ["flags", "origin", "differs_from_paper"],
];

/** Of an own task, whose rows are all on the same test items. */
const ownCells = [
  ["source", "student_encoder", "note"],
  accuracyCells,
  "baseline_chance_percent",
  ["macro_f1_percent", "balanced_accuracy_percent"],
  ["train_n", "test_n"],
  "seeds",
  ...differences,
  ["flags", "origin"],
];

function createLayout(number: AccuracyTable["number"]): HtmlLayout<AccuracyRow> {
  return {
    decorate: {
      flags: (_, text) => keepFlags(text),
      source: ofCell(({ role, labels }, text) => renderSource(role, text, labels.originWord)),
      trained_on: (row) =>
        row.kind === "cell"
          ? formatTasks(row.cell.task, row.cell.test.task)
          : formatTasks(row.trainedOn, row.testedOn ?? row.trainedOn),
      accuracy_percent: ofCell(({ cell, labels }, text) => {
        const name = `${text}: ${labels.source}, details`;
        return html`<button type="button" class="cell" popovertarget="details-${number}-${cell.id}" aria-label="${name}">${text}</button>`;
      }),
      balanced_accuracy_percent: (_, text) => `balanced ${text}`,
      without_contaminated_percent: (_, text) => `${text} without contaminated`,
      without_dev_shared_percent: (_, text) => `${text} without dev items`,
      test_n: (_, text) => `test ${text}`,
      ...decorateDifference("minus_human_same_n"),
      ...decorateDifference("minus_human_largest"),
      paper_percent: ofCell((row) => [renderPaper(row), renderFootnoteMarks(number, row)]),
      tree_minus_others: ofCell(({ toSettings }) =>
        toSettings.map((difference) => {
          const claim = difference.verdict && html`, <b>${renderClaim(difference)}</b>`;
          return html`<small>${difference.against.label} ${renderStarred(difference)}${claim}</small>`;
        }),
      ),
      differs_from_paper: (_, text) => `differs from the paper in: ${text}`,
    },
  };
}

function ofCell(show: (row: CellRow, text: string) => Insert) {
  return (row: AccuracyRow, text: string) => (row.kind === "cell" ? show(row, text) : text);
}

/** p, the minimum detectable effect and the claim, each named. */
function decorateDifference(name: string) {
  return {
    [`${name}_p_holm`]: (_: AccuracyRow, text: string) => `p ${text}`,
    [`${name}_mde_points`]: (_: AccuracyRow, text: string) => `MDE ${text}`,
    [`${name}_claim`]: (_: AccuracyRow, text: string) => html`claim: <b>${text}</b>`,
  };
}

/** Marks of the notes below, so far apart that two do not read as one number. */
function renderFootnoteMarks(number: AccuracyTable["number"], { footnotes }: CellRow): Insert {
  if (footnotes.length === 0) return null;
  const marks = footnotes.map(
    (index, i) =>
      html`${i > 0 && ", "}<button type="button" class="footnote" popovertarget="note-${number}-${index}" aria-label="footnote ${index + 1}">${index + 1}</button>`,
  );
  return html`<small>note ${marks}</small>`;
}

/** Details of an accuracy: every column of the table that has a text, tests, and the runs by their paths. */
function renderRowDetails(number: AccuracyTable["number"], row: CellRow): Markup {
  const { cell, labels } = row;
  const id = `details-${number}-${cell.id}`;
  const facts: [name: string, fact: string][] = [
    ...accuracyColumns.map(({ head, text }): [string, string] => [
      head ?? "",
      head ? text(row) : "",
    ]),
    ...listTests(row),
    ["Prediction for one more run", describePrediction(row)],
    [
      "Interval",
      cell.method === "wilson"
        ? "Wilson, over items; seed variance unknown"
        : "items and seeds both sampled",
    ],
    ["Repeat", cell.repeat ? "another row of the same flags has its seeds" : ""],
  ];
  const shown = facts.filter(([, fact]) => fact !== "" && fact !== dash);
  return html`<dialog popover id="${id}" aria-label="Details">
<button type="button" popovertarget="${id}" popovertargetaction="hide">Close</button>
<h3>${formatTasks(cell.task, cell.test.task)}, ${labels.source} ${renderBadge([labels.originWord])}</h3>
<dl>${shown.map(([name, fact]) => html`<dt>${name}</dt><dd>${fact}</dd>`)}</dl>
<h4>Runs, by their paths in results</h4>
<ul class="runs">${cell.runs.map(renderRun)}</ul>
</dialog>\n`;
}

/** The test behind each difference, and the paper's own difference. */
function listTests(row: CellRow): [name: string, fact: string][] {
  return [...listHumanDifferences(row), ...row.toSettings].map((difference) => {
    const { against, p, test, paper } = difference;
    const printed = paper === null ? "" : `; paper ${renderPaperDifference(difference)}`;
    return [`p, minus ${against.label}, N ${against.n}`, `${renderP(p)} (${test})${printed}`];
  });
}

function describePrediction({ paper }: CellRow): string {
  if (!paper) return "";
  const { prediction } = paper;
  return `95 %: ${renderInterval(prediction)}${prediction.seedsKnown ? "" : ", from items alone"}`;
}

function renderRun(run: CellRow["cell"]["runs"][number]): Insert {
  const { path, training, creation, seeds, accuracy, devAccuracy, collapsed, stale } = run;
  const named = Object.entries(seeds).map(([name, seed]) => `${name} ${seed}`);
  const facts = [
    `${renderFixedPercent(accuracy)} %`,
    devAccuracy !== null && `dev ${renderFixedPercent(devAccuracy, 1)} %`,
    `seeds: ${named.join(", ")}`,
    collapsed && "collapsed",
    stale && "stale",
  ];
  const folders = [path, training, creation].filter((folder) => folder !== null);
  return html`<li>${facts.filter(Boolean).join(", ")}
${folders.map((folder) => html`<br><code>${folder}</code>`)}</li>`;
}
