import { isCreated, mean, paperSettings } from "@seedling/core/internal";
import { group } from "d3-array";
import { poolDifferences } from "../statistics/pooled.ts";
import { minimumDetectable } from "../statistics/student-t.ts";
import { answerRule, answerVerdicts, judgeClaim } from "../verdicts/verdicts.ts";
import { listCellRows } from "./accuracy-table.ts";
import type { Analysis } from "./analysis.ts";
import type { DomainAnswer } from "./answers.ts";
import type { FileAnswer } from "./created-files.ts";
import { fileClaims } from "./file-tables.ts";
import { renderTrainFlags } from "./groups.ts";
import { isOwn, isSample } from "./labels.ts";
import type { Pooled } from "./pooled.ts";
import { type CellRow, listHumanDifferences, type RowDifference } from "./rows.ts";

// The paper's claims, and those of the source of experiments/external.json, each with the test that decides it, its
// figures and the verdict: claims.json. Accuracies and differences are fractions.

const pooledTest =
  "random effects over tasks (Paule and Mandel), Hartung-Knapp interval, 95 %; single differences paired on test items";

/** Lists the claims that something of an analysis speaks to; of own tasks, and later ways of creating, the paper claims nothing. */
export function listClaims({
  tables,
  answers,
  pooled,
  files,
}: Pick<Analysis, "tables" | "answers" | "pooled" | "files">) {
  const theirs = listCellRows(tables[3], tables[4]).filter(({ cell }) => !isOwn(cell));
  const ofPaper = [
    ...answers.filter(({ source }) => isTheirs(source)).flatMap(listInDomain),
    ...pooled.filter(({ source }) => isTheirs(source)).map(claimOutOfDomain),
    ...claimTreeIsBest(theirs),
    ...theirs.flatMap(listDifferences),
    ...theirs.flatMap(claimFigure),
  ];
  return [
    ...ofPaper.map((claim) => ({ of: "Lee et al. 2023", ...claim })),
    ...files.answers.map((answer) => ({ of: "Møller et al. 2024", ...claimOfFile(answer) })),
  ];
}

/** Whether a source is one of the paper's settings. */
function isTheirs(source: string): boolean {
  return paperSettings.some((one) => one === source);
}

/** Created data are comparable to human data in-domain. */
function listInDomain({ source, model, student, flags, size, sample, ...parts }: DomainAnswer) {
  return [
    { part: parts.sameN, against: "human, same N" },
    { part: parts.largest, against: "human" },
  ].flatMap(({ part, against }) => {
    if (!part) return [];
    const { mean: value, low, high, p, tasks, learned, judgement } = part;
    return {
      claim: "In-domain, classifiers trained on created data do about as well as on human data.",
      test: `Created minus human, ${pooledTest}: ${answerRule}`,
      on: { source, against, creator: model, student, flags, n: size, tasks },
      sample,
      paper: null,
      figures: { value, low, high, p, learned },
      verdict: sample ? null : answerVerdicts[judgement],
    };
  });
}

/** Created data are better than human data out of domain. */
function claimOutOfDomain({ source, against, student, flags, size, sample, ...rest }: Pooled) {
  const { pairs, mean: value, low, high, p } = rest;
  return {
    claim: "Out of domain, classifiers trained on created data do better than on human data.",
    test: `Created minus human, ${pooledTest}: holds where the interval lies above 0, contradicted where it lies below`,
    on: { source, against, student, flags, n: size, tasks: pairs.length },
    sample,
    paper: null,
    figures: { value, low, high, p },
    verdict: sample ? null : judgeClaim(1, { low, high }, 0).verdict,
  };
}

/** Trees are better than the other settings: of each other setting, in-domain and out of domain, over all tasks. */
function claimTreeIsBest(rows: readonly CellRow[]) {
  const pairs = rows.flatMap(({ toSettings, cell, labels }) =>
    toSettings
      .filter(({ against }) => isTheirs(against.label))
      .map((difference) => ({ cell, labels, difference })),
  );
  const groups = group(pairs, ({ cell, labels, difference: { against } }) =>
    JSON.stringify([
      ...[against.label, cell.test.kind, labels.student, renderTrainFlags(cell)],
      ...[cell.completions?.model, cell.dev.source, cell.train.target, isSample(cell)],
    ]),
  );
  return [...groups.values()].map((same) => {
    const [{ cell, labels, difference }] = same as [(typeof same)[number]];
    const estimates = same.map(({ difference: { estimate } }) => estimate);
    const { mean: value, low, high, p, ...spread } = poolDifferences(estimates);
    const papers = same.flatMap(({ difference: { paper } }) => paper ?? []);
    const paper = papers.length > 0 ? mean(papers) : null;
    const { kind } = cell.test;
    const sample = isSample(cell);
    return {
      claim: `Trees do better than the other ways of creating, ${kind === "in-domain" ? kind : "out of domain"}.`,
      test: `Tree minus ${difference.against.label}, ${pooledTest}: holds where the interval lies above 0, contradicted where it lies below`,
      on: {
        ...{ source: cell.source, against: difference.against.label },
        ...{ creator: cell.completions?.model, student: labels.student },
        ...{ flags: renderTrainFlags(cell), n: cell.train.target, tasks: same.length },
      },
      sample,
      /** The mean of the paper's differences over the same tasks. */
      paper,
      figures: { value, low, high, p, minimumDetectable: minimumDetectable(spread) },
      verdict: sample ? null : judgeClaim(1, { low, high }, 0).verdict,
    };
  });
}

/** The sign of each of the paper's differences. */
function listDifferences(row: CellRow) {
  const { cell } = row;
  if (!isCreated(cell.source)) return [];
  const differences: RowDifference[] = [...listHumanDifferences(row), ...row.toSettings];
  return differences.flatMap((difference) => {
    const { paper, verdict, estimate, p, against } = difference;
    if (paper === null) return [];
    const order = paper === 0 ? "as" : paper > 0 ? "more" : "less";
    const than = order === "as" ? "as accurate as" : `${order} accurate than`;
    return {
      claim: `Trained on ${cell.task}, tested on ${cell.test.task}: ${cell.source} data are ${than} ${against.label.replace(/,.*/, "")} data.`,
      test: `${difference.test}; the verdict by the sign of the 95 % interval`,
      on: describeRun(row, against.label),
      sample: isSample(cell),
      paper,
      figures: {
        ...{ value: estimate.value, low: estimate.low, high: estimate.high, p },
        ...{ adjustedP: difference.adjustedP, minimumDetectable: difference.minimumDetectable },
      },
      verdict: verdict && (verdict.underpowered ? "underpowered" : verdict.verdict),
    };
  });
}

function describeRun({ cell, labels }: CellRow, against: string | null) {
  return {
    ...{ source: cell.source, against, creator: cell.completions?.model },
    ...{ student: labels.student, flags: labels.flags, n: cell.train.n, tasks: 1 },
  };
}

/** Each of the paper's accuracies. */
function claimFigure(row: CellRow) {
  const { cell, paper, differs } = row;
  if (paper === null) return [];
  const { low, high } = paper.prediction;
  return [
    {
      claim: `Trained on ${cell.task}, tested on ${cell.test.task}: ${cell.source} data give ${paper.percent.toFixed(2)} %.`,
      test: "Whether the paper's figure lies in our 95 % prediction interval for one further run",
      on: { ...describeRun(row, null), differs },
      sample: isSample(cell),
      paper: Number((paper.percent / 100).toFixed(6)),
      figures: { value: cell.accuracy, low, high },
      verdict: paper.verdict,
    },
  ];
}

/** What Møller et al. claim, of files beside human data: that human data do as well, or that created data help rare classes. */
function claimOfFile({ question, file, student, flags, n, tasks, ...rest }: FileAnswer) {
  const { value, low, high, p, minimumDetectable, created, human, verdict } = rest;
  return {
    ...fileClaims[question],
    on: { source: file, against: "human, same N", student, flags, n, tasks: tasks.length },
    tasks,
    sample: false,
    paper: null,
    figures: { value, low, high, p, minimumDetectable, created, human },
    verdict,
  };
}
