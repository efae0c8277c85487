import { isAbsolute, join } from "node:path";
import {
  type Example,
  exists,
  type Flags,
  type Run,
  renderCount,
  renderSeconds,
} from "@seedling/core/internal";
import { checkpointFiles, readHubConfig } from "../checkpoint/checkpoint.ts";
import { ablateInput } from "../data/examples.ts";
import { parseEncoderConfig } from "../encoder/encoder-config.ts";
import { checkFreeze, computeTrainingCost } from "../tune/progress.ts";
import { chooseRecipe } from "../tune/recipe.ts";
import { listTextPairs } from "../tune/token-items.ts";
import type { CountedExamples } from "./count-examples.ts";
import { type EncoderSizes, knownEncoders, toForwardOperations } from "./known-encoders.ts";
import { isSibling } from "./read-choice.ts";
import { lettersPerToken, toLocalFolder } from "./time-encoding.ts";

/**
 * Of what matrix products alone would reach, the part that a training step does, and that scoring does.
 * Seen with small encoders on two cores: 0.5 to 0.7.
 */
const share = 0.5;

/** What a full tuning takes, in words, and how long; null: that is not known. */
export interface TuningForecast {
  text: string;
  seconds: number | null;
}

/**
 * Tells how many steps a full tuning takes, and about how long.
 * @param runs all full tunings of the invocation: a run may repeat the choice of another seed
 * @param speed of matrix products, in floating-point operations a second
 * @throws ExpectedError if the encoder's configuration cannot be read, is none of ours, or does not fit a flag
 */
export async function forecastTuning(
  run: Run,
  runs: readonly Run[],
  n: CountedExamples,
  speed: number,
): Promise<TuningForecast> {
  const { flags } = run;
  const recipe = chooseRecipe(flags);
  const repeats = isRepeat(run, runs);
  const rates = repeats ? 1 : recipe.learningRates.length;
  const sizes = repeats ? recipe.batchSizes.slice(0, 1) : recipe.batchSizes;
  const steps = sizes.reduce(
    (sum, size) => sum + rates * recipe.epochs * Math.ceil(n.train / size),
    0,
  );
  const points = rates * sizes.length;
  const shown = [
    renderCount(n.train, "example"),
    `${renderCount(points, "grid point")} of ${renderCount(recipe.epochs, "epoch")}`,
    renderCount(steps, "step"),
  ].join(", ");
  const encoder = await findSizes(flags.encoder);
  if (!encoder)
    return { text: `${shown}; time not known before ${flags.encoder} is here`, seconds: null };
  checkFreeze(flags.freeze, encoder.layers, flags.encoder);
  const cost = computeTrainingCost({ ...toManner(flags), layers: encoder.layers });
  const tokens = points * recipe.epochs * (cost * n.train + n.dev) * toMeanTokens(n.sample, run);
  const seconds = (tokens * toForwardOperations(encoder)) / (share * speed);
  return { text: `${shown}, about ${renderSeconds(seconds)}`, seconds };
}

/** Whether memory asks for layers to be computed twice shows when the training begins: here `auto` is once. */
function toManner({ freeze, recompute }: Flags) {
  return { freeze, recompute: recompute === "on" };
}

/** Whether a run would repeat another seed's choice. */
function isRepeat(run: Run, runs: readonly Run[]): boolean {
  const siblings = runs.filter((other) => isSibling(run, other));
  const { gridSeeds } = run.flags;
  return gridSeeds !== null && siblings.indexOf(run) >= gridSeeds;
}

/** From its config.json where that is here; null: not known. */
async function findSizes(encoder: string): Promise<EncoderSizes | null> {
  const folder = toLocalFolder(encoder);
  const path = join(folder, checkpointFiles.config);
  if (!isAbsolute(encoder) && !(await exists(path))) return knownEncoders[encoder] ?? null;
  return parseEncoderConfig(await readHubConfig(folder), path);
}

/** About how many tokens an example has, all its options. */
function toMeanTokens(examples: readonly Example[], { task, flags }: Run): number {
  const kind = task.options === "fixed" ? "classes" : "choice";
  const tokens = examples.map((example) =>
    listTextPairs(ablateInput(example, flags.input), kind).reduce((sum, [first, second]) => {
      const letters = first.length + (second?.length ?? 0);
      return sum + Math.min(flags.maxLength, 3 + letters / lettersPerToken);
    }, 0),
  );
  return tokens.reduce((sum, n) => sum + n, 0) / tokens.length;
}
