import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  type Backend,
  type Context,
  ExpectedError,
  endings,
  openBackend,
  type Run,
  renderAbout,
  renderCount,
  renderSeconds,
  renderTotal,
  renderWhole,
  shortenModelName,
  sources,
  toCreationFolder,
  toEvaluationFolder,
  toRunName,
  toTrainingFolder,
} from "@seedling/core/internal";
import { measureSpeed } from "../tune/measure-speed.ts";
import { countExamples } from "./count-examples.ts";
import { type FindSplit, openSplits } from "./find-split.ts";
import { forecastTuning, type TuningForecast } from "./forecast-tuning.ts";
import { type Encoding, measureEncoding, type Reading, timeEncoding } from "./time-encoding.ts";

/** About how long something takes, and of how many runs that is not known. */
interface Time {
  seconds: number;
  untimed: number;
}

/**
 * Tells what every run would train, how many steps that takes and about how long, what frozen encoders
 * would read and about how long, and all in all; trains nothing.
 */
export async function forecastRuns(runs: readonly Run[], ctx: Context): Promise<void> {
  const trained = runs.filter(({ source }) => sources[source].trains);
  if (trained.length === 0) return;
  const find = openSplits(ctx);
  // One for all, and none where nothing asks: the first to ask chooses.
  const backend = () => openBackend({ force: trained[0]?.flags.backend });
  const full = trained.filter(({ flags }) => flags.tune === "full");
  const heads = trained.filter(({ flags }) => flags.tune === "head");
  const encoding = await tellEncoding(heads, find, backend, ctx);
  const tuning = await tellTuning(full, find, backend, ctx);
  const done = trained.filter(wasTrained).length;
  const seconds = encoding.seconds + tuning.seconds;
  const untimed = encoding.untimed + tuning.untimed;
  const both = encoding.seconds > 0 && tuning.seconds > 0;
  const time = both
    ? ` (${renderSeconds(encoding.seconds)} of encoding, test sets included, ${renderSeconds(tuning.seconds)} of full tuning)`
    : "";
  ctx.log(
    renderTotal("training", [
      `${renderWhole(trained.length - done)} to do, ${renderWhole(done)} done`,
      ...(seconds > 0 ? [`about ${renderSeconds(seconds)}${time}`] : []),
      ...(untimed > 0 ? [`of ${renderCount(untimed, "run")} the time is not known`] : []),
    ]),
  );
}

/** What frozen encoders read, for trainings and, once these are done, for test sets. */
async function tellEncoding(
  runs: readonly Run[],
  find: FindSplit,
  backend: () => Promise<Backend>,
  ctx: Context,
): Promise<Time> {
  if (runs.length === 0) return { seconds: 0, untimed: 0 };
  const listed = await Promise.all(runs.map((run) => listReadings(run, find)));
  const encodings = await timeEncoding(
    listed.flatMap((own) => own ?? []),
    (named, texts) => measureEncoding(named, texts, backend),
  );
  ctx.log(
    `\nHeads on frozen encoders: ${renderCount(runs.length, "run")}, seconds each once the texts are encoded, test sets included`,
  );
  for (const { encoder, texts, seconds } of encodings)
    ctx.log(
      `  ${shortenModelName(encoder)}: ${renderAbout(texts)} texts, ${typeof seconds === "string" ? `not timed: ${seconds}` : `about ${renderSeconds(seconds)} (measured with a few), less where vectors are kept`}`,
    );
  const toSeconds = ({ seconds }: Encoding) => (typeof seconds === "number" ? seconds : null);
  const away = new Set(
    encodings.filter((one) => toSeconds(one) === null).map(({ encoder }) => encoder),
  );
  const untimed = runs.filter(
    (run, i) => listed[i] === null || ((listed[i]?.length ?? 0) > 0 && away.has(run.flags.encoder)),
  );
  const seconds = encodings.reduce((sum, one) => sum + (toSeconds(one) ?? 0), 0);
  return { seconds, untimed: untimed.length };
}

/** What is still to be read for a run; null: its examples are not at hand. */
async function listReadings(run: Run, find: FindSplit): Promise<Reading[] | null> {
  const { task, data, flags } = run;
  const readings: Reading[] = [];
  if (!wasTrained(run)) {
    const n = await countExamples(run, find);
    if (!n) return null;
    const { devSplit, sample } = n;
    const drawn = devSplit ? n.train : n.train + n.dev;
    const from = [toCreationFolder(run), flags.created, flags.addHuman].join(" ");
    readings.push({ run, name: from, n: drawn, sample });
    if (devSplit) readings.push({ run, name: `dev of ${task.name}`, n: n.dev, sample });
  }
  for (const test of run.tests) {
    if (existsSync(join(toEvaluationFolder(run, test), endings.done))) continue;
    const sample = await find(test, "test", data);
    const name = `test of ${test.folder ?? test.name}`;
    if (sample) readings.push({ run, name, n: sample.length, sample });
  }
  return readings;
}

async function tellTuning(
  runs: readonly Run[],
  find: FindSplit,
  openBackend: () => Promise<Backend>,
  ctx: Context,
): Promise<Time> {
  if (runs.every(wasTrained)) return { seconds: 0, untimed: 0 };
  const backend = await openBackend();
  const speed = await measureSpeed(backend.tf);
  ctx.log(
    `\nFull tuning: ${renderCount(runs.length, "run")}, on ${backend.describe} (matrix products at ${Math.round(speed / 1e9)} GFLOPS here); times if no grid point ends early`,
  );
  const time = { seconds: 0, untimed: 0 };
  /** Runs that differ in seed and source alone often take the same. */
  const alike = new Map<string, { text: string; runs: Run[] }>();
  for (const run of runs) {
    const { text, seconds } = await toForecast(run, runs, find, speed);
    time.seconds += seconds ?? 0;
    time.untimed += seconds === null ? 1 : 0;
    const key = JSON.stringify([run.task.name, run.grid, text]);
    alike.set(key, { text, runs: [...(alike.get(key)?.runs ?? []), run] });
  }
  for (const { text, runs } of alike.values()) ctx.log(`  ${toName(runs)}: ${text}`);
  return time;
}

async function toForecast(
  run: Run,
  runs: readonly Run[],
  find: FindSplit,
  speed: number,
): Promise<TuningForecast> {
  if (wasTrained(run)) return { text: "already trained", seconds: 0 };
  const n = await countExamples(run, find);
  if (!n) return { text: "not known: its examples are not at hand", seconds: null };
  try {
    return await forecastTuning(run, runs, n, speed);
  } catch (error) {
    if (!(error instanceof ExpectedError)) throw error;
    return { text: `would fail: ${error.message}`, seconds: null };
  }
}

function toName(runs: readonly Run[]): string {
  const [first] = runs as [Run];
  const more = runs.length > 1 ? ` and ${renderCount(runs.length - 1, "run")} more, each` : "";
  return toRunName(first) + more;
}

function wasTrained(run: Run): boolean {
  return existsSync(join(toTrainingFolder(run), endings.done));
}
