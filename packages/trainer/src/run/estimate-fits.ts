import { type Backend, createRandom, mean, type Run } from "@seedling/core/internal";
import { listTrials } from "../data/trials.ts";
import { chooseFeatures, countFeatures } from "../features/features.ts";
import { completeMlpOptions, countThreads, fitMlp } from "../head/fit-mlp.ts";
import type { FitData } from "../head/head.ts";
import { addPenalty, countParameters, createObjective } from "../head/linear-objective.ts";
import { stackRows } from "../head/matrix.ts";
import { placeRows } from "../head/row-products.ts";
import type { ExampleSet } from "./example-sets.ts";

/**
 * How often fitting a linear head is taken to compute the objective with its gradient, for all examples: as fits of
 * 64 to 10,000 examples of 2 to 77 classes did.
 */
function countEvaluations(flags: Run["flags"]): number {
  if (isPlainFit(flags)) return 250;
  const { penalty, names, dev } = flags;
  const isPath = penalty === "loss" || penalty === "accuracy";
  // A fit to four of five folds at each penalty, or one fit, from where the one before ended. Without names the path
  // begins where names were best.
  const each = isPath && dev === "folds" ? 6 : 15;
  const judged = (isPath ? 9 : 1) * each * (dev === "folds" ? 5 * 0.8 : 1);
  return judged * (names === "choose" ? 1.5 : 1) + 30;
}

/** Whether it is the fit that every version did, bit for bit (fit-linear.ts). */
const isPlainFit = ({ penalty, names, dev }: Run["flags"]) =>
  penalty === "accuracy" && names === "off" && dev !== "folds";

/** Items that the speed is measured with: fewer would fit a processor's caches as real ones do not. */
const probeItems = 1024;

/**
 * Creates the estimate of the seconds that fitting a run's head takes once its texts are encoded: for each example
 * as long as for a few made ones of the same form.
 * @param dimensions of the encoder
 */
export function createFitEstimate(openBackend: () => Promise<Backend>) {
  const measured = new Map<string, Promise<number>>();
  return async ({ task, flags }: Run, { n, sample }: ExampleSet, dimensions: number) => {
    const { labels: classes } = task;
    const data = createProbe(
      countFeatures(chooseFeatures(classes, flags.features), dimensions),
      classes?.length ?? 1,
      classes ? 1 : (sample[0]?.options.length ?? 1),
    );
    const key = [
      flags.head,
      isPlainFit(flags),
      data.dimensions,
      data.outputs,
      data.train[0]?.vectors.length,
    ].join();
    const measure = async () =>
      flags.head === "mlp"
        ? measureMlp(data, await openBackend())
        : measureLinear(data, isPlainFit(flags));
    const seconds = measured.get(key) ?? measure();
    measured.set(key, seconds);
    const each = ((await seconds) * n) / probeItems;
    if (flags.head !== "mlp") return each * countEvaluations(flags);
    const { learningRates, batchSizes, epochs } = completeMlpOptions(flags);
    const trials = listTrials(learningRates, batchSizes).length;
    const scale = n / probeItems;
    const threads = countThreads(data, trials, epochs * scale, await openBackend());
    return each * epochs * Math.ceil(trials / threads);
  };
}

function createProbe(dimensions: number, outputs: number, vectors: number): FitData {
  const random = createRandom("probe");
  const pool = Array.from({ length: 64 }, () =>
    Float32Array.from({ length: dimensions }, () => random.next() - 0.5),
  );
  const take = (i: number) => pool[i % pool.length] as Float32Array;
  const train = Array.from({ length: probeItems }, (_, i) => {
    const positions = outputs === 1 ? vectors : outputs;
    const label = i % positions;
    return {
      vectors: Array.from({ length: vectors }, (_, at) => take(i * vectors + at)),
      label,
      right: Array.from({ length: positions }, (_, at) => at === label),
    };
  });
  return { train, dev: train.slice(0, 16), dimensions, outputs };
}

/** Measures the seconds of one value of the objective with its gradient. */
function measureLinear(data: FitData, isPlain: boolean): number {
  const { train } = data;
  const matrix = stackRows(train.flatMap(({ vectors }) => vectors));
  const toObjective = isPlain
    ? createObjective(data, { items: train, matrix })
    : addPenalty(data, train.length, placeRows(data, matrix, train).sumLosses(train));
  const objective = toObjective(0.001);
  const [point, gradient] = [0, 1].map(() => new Float64Array(countParameters(data)));
  const times: number[] = [];
  let spent = 0;
  // The first ones are slow, until they are compiled.
  while (spent < (times.length < 6 ? 1 : 0.2)) {
    const began = performance.now();
    objective(point as Float64Array, gradient as Float64Array);
    times.push((performance.now() - began) / 1000);
    spent += times.at(-1) ?? 0;
  }
  return mean(times.slice(Math.floor(times.length / 2)));
}

/** Measures the seconds of one epoch, the second one: the first loads what tensors are computed by. */
async function measureMlp(data: FitData, backend: Backend): Promise<number> {
  const options = { ...completeMlpOptions({}), learningRates: [0.001], epochs: 1, threads: 1 };
  let seconds = 0;
  for (let i = 0; i < 2; i++) {
    const began = performance.now();
    await fitMlp(data, { ...options, weightDecay: 0, earlyStop: null, seed: 1, backend });
    seconds = (performance.now() - began) / 1000;
  }
  return seconds;
}
