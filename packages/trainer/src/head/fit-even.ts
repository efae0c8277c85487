import { mean } from "@seedling/core/internal";
import { balanceClasses } from "../data/examples.ts";
import { judgeTrial } from "../data/metrics.ts";
import { isBetterTrial } from "../data/trials.ts";
import { type FitData, takeBestHead, type VectorItem } from "./head.ts";
import { scoreLinear, toHead } from "./linear-head.ts";
import { countParameters, findShare, isBinary, type SumLosses } from "./linear-objective.ts";
import { type LinearOptions, type LinearTrial, l2Path } from "./linear-options.ts";
import { createSolver, type Ending } from "./linear-solver.ts";
import { stackRows } from "./matrix.ts";
import { type Axes, findPrincipalAxes, stackVectors } from "./principal-axes.ts";
import { placeRows } from "./row-products.ts";
import { multiplyGrids } from "./simd-products.ts";

/**
 * How exact the fit that is kept is, and those that are judged on folds: exacter ones choose as well, for up to three
 * times the seconds (docs/measured.md). What is judged on dev is what is kept.
 */
const endings = {
  kept: { excess: 1e-9, iterations: 200 },
  judged: { excess: 3e-3, iterations: 20 },
};

/** Shares of the names that are tried before the first search. */
const firstShares = [0, 5, 10, 20, 50];

/** A trial of a penalty, with the names that it read. */
interface Candidate {
  point: LinearTrial;
  names: Names | null;
  /** Where a fit to all items starts. */
  start: Float64Array;
  /** Scores of the items that it was judged by, those of folds in the order of the items to train on. */
  scores: readonly Float64Array[];
}

/**
 * Fits a linear head in even coordinates (linear-solver.ts), with and without names, chosen on folds or on dev.
 * @returns outOfFold: the scores of each item to train on, by the fit to the other folds; null: there are none
 */
export async function fitEven(data: FitData, options: LinearOptions) {
  const { penalty, choosesNames = false } = options;
  const choose = penalty === "accuracy" ? findMostAccurate : findLowest;
  const fits = createFits(data, options);
  const log: LinearTrial[] = [];
  const chosen: Candidate[] = [];
  for (const names of fits.names && choosesNames ? [fits.names, null] : [fits.names]) {
    // Without names the weights say all: the best penalty is no stronger.
    const candidates = await fits.followPath(names, chosen[0]?.point.l2);
    log.push(...candidates.map(({ point }) => point));
    const best = choose(candidates);
    if (best) chosen.push(best);
  }
  const best = choose(chosen);
  if (!best) return { ...takeBestHead<LinearTrial>({ log, best: null }), outOfFold: null };
  const { head, share } = await fits.fitAll(best);
  const point = { ...best.point, ...(best.names && { names: share }) };
  return { log, head, point, outOfFold: options.folds ? best.scores : null };
}

/** Prepares fits of the same items, along a path and at the end. */
function createFits(data: FitData, options: LinearOptions) {
  const { dimensions, outputs } = data;
  const { path = l2Path, penalty, choosesNames, progress } = options;
  const penalties = typeof penalty === "number" ? [penalty] : path;
  const balance = options.isBalanced ? balanceClasses<VectorItem> : (given: VectorItem[]) => given;
  const { items, folds, order } = sortByFold(data.train, options.folds ?? null);
  const vectors = stackRows(items.flatMap((item) => item.vectors));
  // The matrix is placed elsewhere: of many rows it is the most memory.
  const { matrix, ...axes } = findPrincipalAxes(vectors, dimensions);
  const shape = { dimensions: axes.mean.length, outputs };
  const placed = items.map(({ vectors }, i) => ({ vectors, group: folds?.[i] ?? 0 }));
  const rows = placeRows(shape, matrix, placed);
  const weighted = balance(items);
  const parts = folds
    ? [...new Set(folds)].map((fold) => ({
        fitted: items.map((item, i) => (folds[i] === fold ? null : item)),
        judged: weighted.map((item, i) => (folds[i] === fold ? item : null)),
      }))
    : [{ fitted: items, judged: penalty === "accuracy" ? [...data.dev] : balance([...data.dev]) }];
  const judged = parts.flatMap((part) => part.judged.filter((item) => item !== null));
  const names = options.names ? writeNames(options.names, axes) : null;
  const total = (names && choosesNames ? 2 : 1) * penalties.length * parts.length + 1;
  const isPath = penalties.length > 1;
  const free: Float64Array[] = [];
  let done = 0;

  function open(of: readonly (VectorItem | null)[], given: Names | null, ending: Ending): Solver {
    const own = balance(of.filter((item) => item !== null));
    let next = 0;
    const answers = of.map((item) => item && (own[next++] as VectorItem));
    const losses = { count: own.length, sum: rows.sumLosses(answers) };
    const solve = createSolver(shape, losses, given?.inside ?? null, axes, ending, free);
    return { solve, start: begin(losses.sum, given) };
  }

  /** Where a search begins: at the share of the names whose loss is the least, for near 0 the names say little. */
  function begin(sumLosses: SumLosses, given: Names | null): Float64Array {
    const points = (given ? firstShares : [0]).map((share) => {
      const point = new Float64Array(countParameters(shape));
      if (given) point.set(given.inside.map((value) => share * value));
      return point;
    });
    if (!given) return points[0] as Float64Array;
    const losses = points.map((point) => sumLosses(point, new Float64Array(point.length)));
    return points[losses.indexOf(Math.min(...losses))] ?? (points[0] as Float64Array);
  }

  function headOf(point: Float64Array, given: Names | null) {
    const share = given ? findShare(point, given.inside) : 0;
    const beyond = given?.beyond.map((one) => one.map((value) => share * value));
    return { head: toHead({ dimensions, outputs }, point, axes.basis, beyond), share };
  }

  function score(point: Float64Array, given: Names | null, part: (VectorItem | null)[]) {
    return folds ? rows.score(point, part) : scoreLinear(headOf(point, given).head, data.dev);
  }

  return {
    names,
    /** @param strongest the penalty to begin with; left out: the path's first */
    async followPath(given: Names | null, strongest?: number): Promise<Candidate[]> {
      const solvers = parts.map(({ fitted }) =>
        open(fitted, given, isPath && folds ? endings.judged : endings.kept),
      );
      const starts = solvers.map(({ start }) => start);
      const candidates: Candidate[] = [];
      for (const l2 of penalties.slice(Math.max(0, penalties.indexOf(strongest ?? Number.NaN)))) {
        const fits = [];
        for (const [at, part] of parts.entries()) {
          const fit = await (solvers[at] as Solver).solve(l2, starts[at] as Float64Array);
          starts[at] = fit.point;
          const share = given ? findShare(fit.point, given.inside) : 0;
          fits.push({ ...fit, share, scores: score(fit.point, given, part.judged) });
          progress?.(++done, total);
        }
        const trainLoss = mean(fits.map(({ value }) => value));
        const scores = fits.flatMap((fit) => fit.scores);
        const point: LinearTrial = {
          l2,
          ...(given && { names: mean(fits.map(({ share }) => share)) }),
          iterations: fits.reduce((sum, { iterations }) => sum + iterations, 0),
          converged: fits.every(({ converged }) => converged),
          ...judgeTrial(trainLoss, judged, scores),
        };
        const start = starts[0] as Float64Array;
        const inOrder = folds ? sortBy(order, scores) : scores;
        candidates.push({ point, names: given, start, scores: inOrder });
        if (hasRisen(candidates)) break;
      }
      return candidates;
    },
    async fitAll({ point, names: given, start }: Candidate) {
      const found = await open(items, given, endings.kept).solve(point.l2, start);
      progress?.(total, total);
      return headOf(found.point, given);
    },
  };
}

/** Sorts values by their rows. */
function sortBy<T>(rows: readonly number[], values: readonly T[]): T[] {
  const sorted: T[] = [];
  for (const [at, row] of rows.entries()) sorted[row] = values[at] as T;
  return sorted;
}

interface Solver {
  solve: ReturnType<typeof createSolver>;
  start: Float64Array;
}

/** Sorts items by their fold: those of one are read together. */
function sortByFold(train: readonly VectorItem[], given: readonly number[] | null) {
  const order = train.map((_, i) => i);
  if (given) order.sort((i, j) => (given[i] ?? 0) - (given[j] ?? 0) || i - j);
  const folds = given && order.map((i) => given[i] as number);
  return { order, folds, items: order.map((i) => train[i] as VectorItem) };
}

/** The vectors of the labels' names. */
interface Names {
  /** By axes, in columns as the weights are; of two names the second less the first. */
  inside: Float64Array;
  /** What no axis has of each. */
  beyond: readonly Float64Array[];
}

function writeNames(
  vectors: readonly Float32Array[],
  { basis, mean }: Pick<Axes, "basis" | "mean">,
): Names {
  const [rows, size] = [vectors.length, mean.length];
  const columns = vectors[0]?.length ?? 0;
  const numbers = Float64Array.from(stackRows(vectors));
  const axes = basis && stackVectors(basis);
  const written = axes
    ? multiplyGrids(
        { numbers, rows, columns },
        { numbers: axes, rows: columns, columns: size, isTurned: true },
      )
    : numbers;
  const seen = axes
    ? multiplyGrids(
        { numbers: written, rows, columns: size },
        { numbers: axes, rows: size, columns },
      )
    : numbers;
  const inside = isBinary({ outputs: rows })
    ? written.slice(0, size).map((value, i) => (written[size + i] as number) - value)
    : written;
  const rest = numbers.map((value, i) => value - (seen[i] as number));
  const beyond = vectors.map((_, at) => rest.subarray(at * columns, (at + 1) * columns));
  return { inside, beyond };
}

/** Whether the loss has risen twice in a row: it has one valley along a path. */
function hasRisen(candidates: readonly Candidate[]): boolean {
  const losses = candidates.slice(-3).map(({ point }) => point.devLoss ?? Number.POSITIVE_INFINITY);
  return losses.length === 3 && losses.every((loss, i) => i === 0 || loss > (losses[i - 1] ?? 0));
}

function findLowest(candidates: readonly Candidate[]): Candidate | null {
  return candidates.reduce<Candidate | null>((best, one) => {
    if (one.point.devLoss === null) return best;
    return best === null || one.point.devLoss < (best.point.devLoss ?? 0) ? one : best;
  }, null);
}

function findMostAccurate(candidates: readonly Candidate[]): Candidate | null {
  return candidates.reduce<Candidate | null>(
    (best, one) => (isBetterTrial(one.point, best?.point ?? null) ? one : best),
    null,
  );
}
