import { readFile } from "node:fs/promises";
import { isAbsolute, join } from "node:path";
import {
  type Desk,
  type Example,
  endings,
  exists,
  hasSplit,
  loadSplit,
  openBackend,
  places,
  type Run,
  renderSeconds,
  renderWhole,
  toCreationFolder,
  toLines,
  toRunName,
  toTrainingFolder,
} from "@seedling/core";
import { cutInput } from "./cut-input.ts";
import { parseEncoderConfig } from "./encoder/encoder-config.ts";
import { type EncoderSizes, knownEncoders, toForwardOperations } from "./known-encoders.ts";
import { toDevSize } from "./training-data.ts";
import { measureSpeed } from "./tune/measure-speed.ts";
import { isSibling } from "./tune/read-choice.ts";
import { toRecipe } from "./tune/recipes.ts";
import { toTextPairs } from "./tune/token-items.ts";

/** Letters of a token, roughly, in English. */
const lettersPerToken = 4;

/**
 * Of what matrix products alone would reach, the part that a training step does, and that scoring does.
 * Seen with small encoders on two cores: 0.5 to 0.7.
 */
const share = 0.5;

/** Tells what every run would train, how many steps that takes and about how long, and trains nothing. */
export async function forecastRuns(runs: readonly Run[], desk: Desk): Promise<void> {
  const trained = runs.filter(({ source }) => source !== "direct");
  const full = trained.filter(({ flags }) => flags.tune === "full");
  const heads = trained.length - full.length;
  if (heads > 0)
    desk.notice(
      `\nTraining: ${renderWhole(heads)} run${heads === 1 ? "" : "s"} of a head on a frozen encoder, seconds each once the texts are encoded`,
    );
  if (full.length === 0) return;
  const backend = await openBackend({ force: full[0]?.flags.backend });
  const speed = await measureSpeed(backend.tf);
  desk.notice(
    `\nTraining, on ${backend.describe} (matrix products at ${Math.round(speed / 1e9)} GFLOPS here)`,
  );
  let total: number | null = 0;
  for (const run of full) {
    const { text, seconds } = await forecastRun(run, full, speed, desk);
    desk.notice(`  ${toRunName(run)}: ${text}`);
    total = total === null || seconds === null ? null : total + seconds;
  }
  const time =
    total === null ? "not known before the encoder is here" : `about ${renderSeconds(total)}`;
  desk.notice(`  in all ${renderWhole(full.length)} runs, ${time}, if no grid point ends early`);
}

async function forecastRun(
  run: Run,
  runs: readonly Run[],
  speed: number,
  desk: Desk,
): Promise<{ text: string; seconds: number | null }> {
  const { flags } = run;
  if (await exists(join(toTrainingFolder(run), endings.done)))
    return { text: "already trained", seconds: 0 };
  const n = await countExamples(run, desk);
  if (n === null) return { text: "not known: its examples are not at hand", seconds: null };
  const recipe = toRecipe(flags);
  const repeats = isRepeat(run, runs);
  const rates = repeats ? 1 : recipe.learningRates.length;
  const sizes = repeats ? recipe.batchSizes.slice(0, 1) : recipe.batchSizes;
  const steps = sizes.reduce(
    (sum, size) => sum + rates * recipe.epochs * Math.ceil(n.train / size),
    0,
  );
  const points = rates * sizes.length;
  const shown = `${renderWhole(n.train)} examples, ${points} grid point${points === 1 ? "" : "s"} of ${recipe.epochs} epochs, ${renderWhole(steps)} steps`;
  const encoder = await findSizes(flags.encoder);
  if (!encoder)
    return { text: `${shown}; time not known before ${flags.encoder} is here`, seconds: null };
  const tokens = points * recipe.epochs * (3 * n.train + n.dev) * n.tokens;
  const seconds = (tokens * toForwardOperations(encoder)) / (share * speed);
  return { text: `${shown}, about ${renderSeconds(seconds)}`, seconds };
}

/** Whether a run would repeat another seed's choice. */
function isRepeat(run: Run, runs: readonly Run[]): boolean {
  const siblings = runs.filter((other) => isSibling(run, other));
  const { gridSeeds } = run.flags;
  return gridSeeds !== null && siblings.indexOf(run) >= gridSeeds;
}

/** From its config.json where that is here; null: not known. */
async function findSizes(encoder: string): Promise<EncoderSizes | null> {
  const folder = isAbsolute(encoder) ? encoder : join(places.models, encoder);
  const path = join(folder, "config.json");
  if (!(await exists(path))) return knownEncoders[encoder] ?? null;
  return parseEncoderConfig(JSON.parse(await readFile(path, "utf8")), path);
}

/** Examples to train on and to choose by, and about how many tokens one of them has, all its options. */
async function countExamples(
  run: Run,
  desk: Desk,
): Promise<{ train: number; dev: number; tokens: number } | null> {
  const { task, data, flags, source } = run;
  const splits = {
    train: await loadLocal(run, "train", desk),
    dev: await loadLocal(run, "dev", desk),
  };
  const sample = splits.dev ?? splits.train ?? (task.own ? [task.own.example] : null);
  if (!sample) return null;
  const created = join(toCreationFolder(run), "created.jsonl");
  const filed = flags.created !== null ? await countLines(flags.created) : null;
  const target =
    flags.examples ??
    filed ??
    (source !== "human" && (await exists(created)) ? await countLines(created) : null) ??
    splits.train?.length ??
    task.trainSize;
  if (target === null) return null;
  const all = Math.round((target + (flags.addHuman ?? 0)) * flags.fraction);
  const held = flags.dev === "created" || !(await hasSplit(task, "dev", data)) ? toDevSize(all) : 0;
  return {
    train: all - held,
    dev: held > 0 ? held : (splits.dev?.length ?? 0),
    tokens: toMeanTokens(sample, run),
  };
}

async function loadLocal(
  { task, data }: Run,
  split: "train" | "dev",
  desk: Desk,
): Promise<Example[] | null> {
  const here = { ...data, download: false };
  if (!(await hasSplit(task, split, here))) return null;
  return (await loadSplit(task, split, here, desk)).examples;
}

async function countLines(path: string): Promise<number> {
  return [...toLines(await readFile(path, "utf8"))].length;
}

function toMeanTokens(examples: readonly Example[], { task, flags }: Run): number {
  const kind = task.options === "fixed" ? "classes" : "choice";
  const tokens = examples.map((example) =>
    toTextPairs(cutInput(example, flags.input), kind).reduce((sum, [first, second]) => {
      const letters = first.length + (second?.length ?? 0);
      return sum + Math.min(flags.maxLength, 3 + letters / lettersPerToken);
    }, 0),
  );
  return tokens.reduce((sum, n) => sum + n, 0) / tokens.length;
}
