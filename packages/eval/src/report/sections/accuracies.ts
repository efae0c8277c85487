import { type HtmlLayout, html, type Insert, type Markup } from "../../render/html.ts";
import { createAccuracyTable } from "../../tables/accuracy-columns.ts";
import { type AccuracyRow, type AccuracyTable, listCellRows } from "../../tables/accuracy-table.ts";
import { renderClaim, renderPaper, renderStarred } from "../../tables/row-texts.ts";
import type { CellRow } from "../../tables/rows.ts";
import { formatDetailsId, renderRowDetails } from "./row-details.ts";
import { formatTasks, renderSource, showTable } from "./rows.ts";

/** Table 3 or 4: what a reader needs first comes first, and an accuracy opens its details. */
export function showAccuracies(accuracies: AccuracyTable): Insert {
  const { number, footnotes, notes } = accuracies;
  const rows = listCellRows(accuracies);
  const table = createAccuracyTable(accuracies);
  const items = footnotes.map((note, i) => html`<li id="note-${number}-${i}">${note}</li>`);
  const below = html`${rows.map((row) => renderRowDetails(number, row, table.columns))}
<ol class="notes" aria-label="Footnotes">${items}</ol>`;
  return showTable({ ...table, notes }, createLayout(number), "--data boolq --setting all", below);
}

function createLayout(number: AccuracyTable["number"]): HtmlLayout<AccuracyRow> {
  const differences = ["minus_human_same_n", "minus_human_largest"].map((name) =>
    ["points", "p_holm", "mde_points", "claim"].map((part) => `${name}_${part}`),
  );
  return {
    cells: [
      ["source", "trained_on", "note"],
      [
        "accuracy_percent",
        "interval_low_percent",
        "without_contaminated_percent",
        "without_dev_shared_percent",
      ],
      ["train_n", "test_n"],
      ...differences,
      "paper_percent",
      "figure_verdict",
      "seeds",
      "baseline_chance_percent",
      "tree_minus_others",
      ["student_encoder", "flags", "origin", "differs_from_paper"],
    ],
    decorate: {
      source: ofCell(({ role, labels }, text) => renderSource(role, text, labels.originWord)),
      trained_on: (row) =>
        row.kind === "cell"
          ? formatTasks(row.cell.task, row.cell.test.task)
          : formatTasks(row.trainedOn, row.testedOn ?? row.trainedOn),
      accuracy_percent: ofCell(({ cell, labels }, text) => {
        const name = `${text}: ${labels.source}, details`;
        return html`<button type="button" class="cell" popovertarget="${formatDetailsId(number, cell.id)}" aria-label="${name}">${text}</button>`;
      }),
      without_contaminated_percent: (_, text) => `${text} without contaminated`,
      without_dev_shared_percent: (_, text) => `${text} without dev items`,
      test_n: (_, text) => `test ${text}`,
      ...decorateDifference("minus_human_same_n"),
      ...decorateDifference("minus_human_largest"),
      paper_percent: ofCell((row) => [renderPaper(row), renderFootnoteLinks(number, row)]),
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

/** Links to the notes below, so far apart that two do not read as one number. */
function renderFootnoteLinks(number: AccuracyTable["number"], { footnotes }: CellRow): Insert {
  if (footnotes.length === 0) return null;
  const links = footnotes.map((index, i): Markup => {
    const link = html`<a class="footnote" href="#note-${number}-${index}" aria-label="footnote ${index + 1}">${index + 1}</a>`;
    return html`${i > 0 && ", "}${link}`;
  });
  return html`<small>note ${links}</small>`;
}
