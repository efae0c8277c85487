import { balanceClasses } from "../data/examples.ts";
import { judgeTrial } from "../data/metrics.ts";
import { fitEven } from "./fit-even.ts";
import { addTrials, type FitData, type HeadTrials, takeBestHead } from "./head.ts";
import { minimise } from "./lbfgs.ts";
import { scoreLinear, toHead } from "./linear-head.ts";
import { countParameters, createObjective } from "./linear-objective.ts";
import { type LinearOptions, type LinearTrial, l2Path } from "./linear-options.ts";
import { stackRows } from "./matrix.ts";

/**
 * Fits a linear head at each penalty of a path, each from where the one before ended, and keeps the one that is
 * best on dev or on folds; of equals, that of the stronger penalty.
 * @param data where there are folds, dev is not read
 * @throws ExpectedError if train or dev is empty, or no loss is finite
 */
export async function fitLinear(data: FitData, options: LinearOptions = {}) {
  const { penalty = "accuracy", names = null, folds = null, isBalanced = false } = options;
  if (penalty !== "accuracy" || names || folds) return fitEven(data, options);
  const balanced = isBalanced ? { ...data, train: balanceClasses(data.train) } : data;
  return { ...(await fitPlainPath(balanced, options.path)), outOfFold: null };
}

/** Fits in the vectors' own coordinates, bit for bit as every version did: benchmarks' results stand on it. */
async function fitPlainPath(data: FitData, path: readonly number[] = l2Path) {
  const { train, dev } = data;
  const matrix = stackRows(train.flatMap(({ vectors }) => vectors));
  const toObjective = createObjective(data, { items: train, matrix });
  let start: Float64Array = new Float64Array(countParameters(data));
  const trials: HeadTrials<LinearTrial> = { log: [], best: null };
  for (const l2 of path) {
    const found = await minimise(toObjective(l2), start, { isNear, iterations: 1000 });
    const head = toHead(data, found.point);
    const judged = judgeTrial(found.value, dev, scoreLinear(head, dev));
    const { iterations, converged } = found;
    const point = { l2, iterations, converged, ...judged };
    addTrials(trials, { log: [point], best: { point, head } });
    if (judged.devLoss !== null) start = found.point;
  }
  return takeBestHead(trials);
}

function isNear(gradient: Float64Array): boolean {
  let most = 0;
  for (let i = 0; i < gradient.length; i++) most = Math.max(most, Math.abs(gradient[i] as number));
  return most <= 1e-6;
}
