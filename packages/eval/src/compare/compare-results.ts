import { existsSync } from "node:fs";
import { join } from "node:path";
import { addRoot, ExpectedError, isFolder, sources } from "@seedling/core/internal";
import { rollups, sum } from "d3-array";
import { type CountedRun, countItemsOf, countsFile, readCounts } from "../results/counts.ts";
import { readResults } from "../results/read-results.ts";
import { estimateDifference } from "../statistics/estimate.ts";
import { holm, pairedPermutation } from "../statistics/hypothesis-tests.ts";
import { computeAccuracy } from "../statistics/outcomes.ts";
import { getTaskKey, sortBy } from "../tables/cells.ts";
import { describeStudent } from "../tables/labels.ts";
import type { ConditionDifference } from "./conditions.ts";
import { groupPairs, pairRuns, type RunPair } from "./pair-runs.ts";

/** Two folders of results, cell by cell; plain data, JSON throughout. Accuracies are fractions in [0, 1]. */
export type ResultsComparison = Awaited<ReturnType<typeof compareResults>>;

export type ComparedCell = ResultsComparison["cells"][number];

/**
 * How a cell of two folders compares. They agree: `same`: every item has the same answer; `rounding`: answers differ
 * only between two options that are nearly equal on both sides; `within`: accuracies lie within the tolerance, and
 * chance explains the difference. They disagree: `differs`; `other`: another experiment, its seeds, flags, model,
 * encoder or data are others. It cannot be told: `other items`; `only A`, `only B`.
 */
export type CellStatus =
  | "same"
  | "rounding"
  | "within"
  | "differs"
  | "other"
  | "other items"
  | "only A"
  | "only B";

const agreeing: readonly CellStatus[] = ["same", "rounding", "within"];
const disagreeing: readonly CellStatus[] = ["differs", "other"];

/**
 * Compares two results folders, or folders of tables that were published (`counts.jsonl`), cell by cell and paired
 * on test items.
 * @param folders absolute; each may be a stranger's: links in it are refused
 * @param tolerance points of accuracy by which a cell may differ and agree all the same, where chance explains it;
 *   left out: answers have to be the same, but for rounding
 * @throws ExpectedError for a folder without evaluations, or a damaged file of counts
 */
export async function compareResults(
  folders: readonly [a: string, b: string],
  { tolerance = 0, followLinks = false }: { tolerance?: number; followLinks?: boolean } = {},
) {
  const a = await readSide(folders[0], followLinks);
  const b = await readSide(folders[1], followLinks);
  const { pairs, onlyA, onlyB } = pairRuns(a.runs, b.runs);
  const compared = groupPairs(pairs).map(compareCell);
  const adjusted = holm(compared.flatMap(({ p }) => p ?? []));
  let tested = 0;
  const cells = [
    ...compared.map((cell) => {
      const adjustedP = cell.p === null ? null : (adjusted[tested++] ?? null);
      return { ...cell, adjustedP, status: judgeCell({ ...cell, adjustedP }, tolerance) };
    }),
    ...onlyA.map((runs) => describeOneSided(runs, "only A")),
    ...onlyB.map((runs) => describeOneSided(runs, "only B")),
  ];
  const statuses = cells.map(({ status }) => status);
  return {
    a: describeSide(a),
    b: describeSide(b),
    tolerance,
    cells: sortBy(cells, ({ task, test, source, student }) => [
      ...getTaskKey(task),
      ...getTaskKey(test),
      source,
      student,
    ]),
    /** What differs between paired evaluations, and in how many of them. */
    conditions: listConditions(pairs),
    pairs: pairs.length,
    verdict: judgeAll(statuses),
  };
}

/** Whether two folders agree: `unknown` where nothing disagrees, and something could not be compared. */
function judgeAll(statuses: readonly CellStatus[]): "agree" | "disagree" | "unknown" {
  if (statuses.some((status) => disagreeing.includes(status))) return "disagree";
  return statuses.every((status) => agreeing.includes(status)) ? "agree" : "unknown";
}

type Side = Awaited<ReturnType<typeof readSide>>;

async function readSide(dir: string, followLinks: boolean) {
  if (!isFolder(dir)) throw new ExpectedError(`no folder ${dir}`);
  addRoot(dir, { followLinks });
  const results = await readResults(dir);
  const leftOut = results.leftOut.filter(({ path }) => path.startsWith("evaluations/"));
  const counts = [join(dir, countsFile), join(dir, "tables", countsFile)].find(existsSync);
  const isPublished = results.evaluations.length + leftOut.length === 0 && counts !== undefined;
  const runs = isPublished ? readCounts(counts) : countItemsOf(results);
  if (runs.length > 0) return { dir, runs, leftOut };
  const [first] = leftOut;
  throw new ExpectedError(
    `${dir}: expected evaluations, or published tables with ${countsFile}; got ${first ? `none that can be used: ${first.path}: ${first.why}` : "none"}`,
  );
}

function describeSide({ dir, runs, leftOut }: Side) {
  return { folder: dir, evaluations: runs.length, leftOut };
}

function compareCell(pairs: readonly RunPair[]) {
  const [{ a, b, own }] = pairs as [RunPair];
  const isPaired = pairs.every(areSameItems);
  const [ofA, ofB] = [pairs.map(({ a }) => a.right), pairs.map(({ b }) => b.right)];
  const estimate = isPaired ? estimateDifference(ofA, ofB) : null;
  const changed = isPaired ? pairs.map(countChanged) : [];
  return {
    ...describeCell(a),
    seeds: pairs.length,
    n: { a: a.right.length, b: b.right.length },
    accuracy: { a: computeAccuracy(ofA), b: computeAccuracy(ofB) },
    /** a - b, 95 %; null where items are not the same. */
    difference: estimate && { value: estimate.value, low: estimate.low, high: estimate.high },
    /** Of a paired permutation of items, exact: of single runs McNemar's. */
    p: isPaired ? pairedPermutation(ofA, ofB) : null,
    /** Answers that differ, over all seeds, and how many of them rounding explains. */
    changed: isPaired ? sum(changed, ({ answers }) => answers) : null,
    nearTies: sum(changed, ({ nearTies }) => nearTies),
    /** In what the two are other experiments. */
    own,
    paths: pairs.map((pair) => ({ a: pair.a.path, b: pair.b.path })),
  };
}

/** Whether two evaluations are of the same test items; an earlier version named no hash of these. */
function areSameItems({ a, b }: RunPair): boolean {
  const [ofA, ofB] = [a.manifest.inputs.test, b.manifest.inputs.test];
  return a.right.length === b.right.length && (!ofA || !ofB || ofA === ofB);
}

function countChanged({ a, b }: RunPair) {
  const rows = [...a.right.keys()].filter(
    (row) => a.right[row] !== b.right[row] || a.answers[row] !== b.answers[row],
  );
  const isNear = (row: number) => a.nearTie[row] === 1 && b.nearTie[row] === 1;
  return { answers: rows.length, nearTies: rows.filter(isNear).length };
}

/** The level of the family of all cells. */
const level = 0.05;

function judgeCell(
  cell: ReturnType<typeof compareCell> & { adjustedP: number | null },
  tolerance: number,
): CellStatus {
  const { difference, changed, nearTies, own, adjustedP } = cell;
  if (own.length > 0) return "other";
  if (difference === null || changed === null || adjustedP === null) return "other items";
  if (changed === 0) return "same";
  if (changed === nearTies) return "rounding";
  const isNear = 100 * Math.abs(difference.value) <= tolerance && adjustedP > level;
  return tolerance > 0 && isNear ? "within" : "differs";
}

function describeOneSided(runs: readonly CountedRun[], status: "only A" | "only B") {
  const [run] = runs as [CountedRun];
  const accuracy = computeAccuracy(runs.map(({ right }) => right));
  const n = run.right.length;
  const isA = status === "only A";
  const sides = <T>(value: T) => ({ a: isA ? value : null, b: isA ? null : value });
  return {
    ...describeCell(run),
    seeds: runs.length,
    n: sides(n),
    accuracy: sides(accuracy),
    difference: null,
    p: null,
    adjustedP: null,
    changed: null,
    nearTies: 0,
    own: [] as ConditionDifference[],
    paths: runs.map(({ path }) => sides(path)),
    status,
  };
}

function describeCell({ manifest }: CountedRun) {
  const { task, source, test, student, data, conditions } = manifest;
  const isDirect = sources[source].asksModel && !sources[source].trains;
  return {
    ...{ task, source, test: test.task, conditions },
    student: isDirect ? "none: the creator itself" : describeStudent({ student, data }),
  };
}

function listConditions(pairs: readonly RunPair[]) {
  const of = (kind: "own" | "surroundings") => {
    const all = pairs.flatMap((pair) => pair[kind]);
    const toKey = ({ name, a, b }: ConditionDifference) => JSON.stringify([name, a, b]);
    return rollups(
      all,
      (same) => ({ ...(same[0] as ConditionDifference), kind, pairs: same.length }),
      toKey,
    ).map(([, condition]) => condition);
  };
  return [...of("own"), ...of("surroundings")];
}
