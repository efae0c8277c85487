import type { Outcomes } from "../../src/statistics/outcomes.ts";

/** What runs are drawn from: items of different difficulty, arms of different skill, seeds of different luck. */
export interface Regime {
  /** Test items. */
  n: number;
  /** True accuracy of each arm, over all items and seeds there could be. */
  accuracies: readonly number[];
  /** Standard deviation of a seed's accuracy, about; a share. */
  seedSd: number;
  /** Standard deviation of the items' difficulty, in logits: the larger, the more alike runs answer. */
  itemSd: number;
}

/** Difficulties are the middles of so many equal parts of a logistic distribution. */
const classes = 32;

/** An arm has a liking or a dislike for an item, in logits, that the other arm does not share. */
const taste = 0.5;

interface Arm {
  skill: number;
  seedSd: number;
}

/** Draws data sets of a regime, seeded: each call gives new items and new seeds for each arm. */
export function openSimulation(
  regime: Regime,
  seed: number,
): (runs: readonly number[]) => Outcomes[] {
  const next = openWords(seed);
  const difficulties = toDifficulties(regime.itemSd);
  const arms = regime.accuracies.map((accuracy) => toArm(accuracy, regime.seedSd, difficulties));
  return (runs) => {
    const items = new Uint8Array(regime.n);
    for (let item = 0; item < regime.n; item++) items[item] = next() & (4 * classes - 1);
    return arms.map((arm, place) =>
      Array.from({ length: runs[place] ?? 1 }, () => {
        const limits = toLimits(arm, place, toNormal(next), difficulties);
        const run = new Uint8Array(regime.n);
        for (let item = 0; item < regime.n; item++)
          run[item] = next() < (limits[items[item] ?? 0] ?? 0) ? 1 : 0;
        return run;
      }),
    );
  };
}

/** For each kind of item the whole number below which a run has it right. */
function toLimits(
  arm: Arm,
  place: number,
  luck: number,
  difficulties: readonly number[],
): Float64Array {
  return Float64Array.from({ length: classes * 4 }, (_, kind) => {
    const liked = (kind >> place) & 1 ? taste : -taste;
    const difficulty = difficulties[kind >> 2] ?? 0;
    return 2 ** 32 * toShare(arm.skill + arm.seedSd * luck + liked - difficulty) - 2 ** 31;
  });
}

/** The skill, and the spread of luck, in logits, that give an accuracy and about its spread over seeds. */
function toArm(accuracy: number, seedSd: number, difficulties: readonly number[]): Arm {
  const without = toSkill(accuracy, 0, difficulties);
  const [below, above] = [-0.01, 0.01].map((step) =>
    computeAccuracy({ skill: without + step, seedSd: 0 }, difficulties),
  ) as [number, number];
  const ofLuck = (seedSd * 0.02) / (above - below);
  return { skill: toSkill(accuracy, ofLuck, difficulties), seedSd: ofLuck };
}

function toSkill(accuracy: number, seedSd: number, difficulties: readonly number[]): number {
  let [low, high] = [-20, 20];
  while (high - low > 1e-6) {
    const skill = (low + high) / 2;
    if (computeAccuracy({ skill, seedSd }, difficulties) < accuracy) low = skill;
    else high = skill;
  }
  return low;
}

/** The true accuracy of an arm, over difficulties, likings and luck. */
function computeAccuracy({ skill, seedSd }: Arm, difficulties: readonly number[]): number {
  const lucks = seedSd > 0 ? Array.from({ length: 81 }, (_, at) => (at - 40) / 8) : [0];
  let right = 0;
  let all = 0;
  for (const luck of lucks)
    for (const difficulty of difficulties)
      for (const liking of [taste, -taste]) {
        const weight = Math.exp(-(luck ** 2) / 2);
        right += weight * toShare(skill + seedSd * luck + liking - difficulty);
        all += weight;
      }
  return right / all;
}

function toDifficulties(itemSd: number): number[] {
  // The logistic distribution has a standard deviation of pi / sqrt(3) logits.
  const scale = (itemSd * Math.sqrt(3)) / Math.PI;
  return Array.from({ length: classes }, (_, at) => {
    const p = (at + 0.5) / classes;
    return scale * Math.log(p / (1 - p));
  });
}

function toShare(logit: number): number {
  return 1 / (1 + Math.exp(-logit));
}

function toNormal(next: () => number): number {
  const [radius, angle] = [(next() + 2 ** 31 + 1) / 2 ** 32, next() / 2 ** 32];
  return Math.sqrt(-2 * Math.log(radius)) * Math.cos(2 * Math.PI * angle);
}

/**
 * Whole numbers in [-2^31, 2^31), fast, since these tests draw some hundred millions: the small fast
 * counting generator (Doty-Humphrey, PractRand), warmed up.
 */
function openWords(seed: number): () => number {
  let a = seed;
  let b = 0;
  let c = 0;
  let count = 1;
  const next = () => {
    const word = (a + b + count++) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + word) | 0;
    return word;
  };
  for (let round = 0; round < 16; round++) next();
  return next;
}
