import { type Interval, mean } from "@seedling/core/internal";
import { describe, expect, test } from "vitest";
import {
  estimateAccuracy,
  estimateDifference,
  predictFurtherRun,
} from "../../src/statistics/estimate.ts";
import { computeAccuracy } from "../../src/statistics/outcomes.ts";
import { openSimulation, type Regime } from "./simulated-runs.ts";

// A tenth of the data sets shows a gross fault of one regime, and any fault of all of them together.
const isFull = Boolean(process.env.SEEDLING_TEST_FULL);
const dataSets = isFull ? 2000 : 200;
const bounds = isFull ? { least: 0.93, most: 0.97 } : { least: 0.9, most: 0.995 };

/** Every accuracy with every spread of seeds, each with every n; then runs that agree less, and more. */
const regimes = [
  { n: 115, accuracy: 0.5, seedSd: 0, itemSd: 3 },
  { n: 686, accuracy: 0.65, seedSd: 0, itemSd: 3 },
  { n: 1241, accuracy: 0.9, seedSd: 0, itemSd: 3 },
  { n: 686, accuracy: 0.5, seedSd: 0.01, itemSd: 3 },
  { n: 1241, accuracy: 0.65, seedSd: 0.01, itemSd: 3 },
  { n: 115, accuracy: 0.9, seedSd: 0.01, itemSd: 3 },
  { n: 1241, accuracy: 0.5, seedSd: 0.06, itemSd: 3 },
  { n: 115, accuracy: 0.65, seedSd: 0.06, itemSd: 3 },
  { n: 686, accuracy: 0.9, seedSd: 0.03, itemSd: 3 },
  { n: 115, accuracy: 0.65, seedSd: 0.01, itemSd: 1.5 },
  { n: 1241, accuracy: 0.5, seedSd: 0.01, itemSd: 1.5 },
  { n: 686, accuracy: 0.65, seedSd: 0.06, itemSd: 5 },
  { n: 1241, accuracy: 0.9, seedSd: 0.01, itemSd: 5 },
];

describe.each([3, 5])("with %d seeds, intervals cover what is true", (seeds) => {
  const measured = regimes.map((regime) => ({ ...regime, ...measureCoverage(regime, seeds) }));

  test.each(measured)("$accuracy of $n, seeds +-$seedSd, items +-$itemSd", ({ covered }) => {
    for (const fraction of [covered.accuracy, covered.difference]) {
      expect(fraction).toBeGreaterThanOrEqual(bounds.least);
      expect(fraction).toBeLessThanOrEqual(bounds.most);
    }
    // Runs that come out alike by chance are not taken to be alike: there it covers more.
    expect(covered.further).toBeGreaterThanOrEqual(bounds.least);
  });

  test.each(["accuracy", "difference", "further"] as const)("%s, all regimes together", (what) => {
    const fraction = mean(measured.map(({ covered }) => covered[what]));
    expect(fraction).toBeGreaterThanOrEqual(0.94);
    expect(fraction).toBeLessThanOrEqual(what === "further" ? 0.985 : 0.965);
  });
});

/** The fraction of data sets whose intervals hold the true accuracy, the true difference, and one more run. */
function measureCoverage(
  { accuracy, ...regime }: Omit<Regime, "accuracies"> & { accuracy: number },
  seeds: number,
) {
  const gap = 0.05;
  const draw = openSimulation({ ...regime, accuracies: [accuracy, accuracy - gap] }, seeds);
  const covered = { accuracy: 0, difference: 0, further: 0 };
  for (let set = 0; set < dataSets; set++) {
    const [all = [], b = []] = draw([seeds + 1, seeds]);
    const a = all.slice(0, seeds);
    covered.accuracy += holds(estimateAccuracy(a), accuracy);
    covered.difference += holds(estimateDifference(a, b), gap);
    covered.further += holds(predictFurtherRun(a), computeAccuracy(all.slice(seeds)));
  }
  return {
    covered: {
      accuracy: covered.accuracy / dataSets,
      difference: covered.difference / dataSets,
      further: covered.further / dataSets,
    },
  };
}

function holds({ low, high }: Interval, value: number): number {
  return Number(low <= value && value <= high);
}
