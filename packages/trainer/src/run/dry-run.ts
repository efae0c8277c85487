import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  type Backend,
  bagOfWords,
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
  toEvaluationFolder,
  toRunName,
} from "@seedling/core/internal";
import { estimateEncoding, measureEncoding } from "./estimate-encoding.ts";
import { createFitEstimate } from "./estimate-fits.ts";
import { estimateTuning, measureSpeed } from "./estimate-tuning.ts";
import { createFindSplit, type FindSplit, findTrainingSets } from "./example-sets.ts";
import { findRepeated, planOffline, type TrainingPlan } from "./plan.ts";

type Planned = Awaited<ReturnType<typeof planOne>>;

/** Estimated seconds of all runs, and of how many they are not known. */
type Time = { seconds: number; untimed: number };

/**
 * Prints what every run would train, how many steps that takes and about how long, what frozen encoders
 * would read and about how long, and all in all; trains and downloads nothing.
 */
export async function printDryRun(runs: readonly Run[], ctx: Context): Promise<void> {
  const find = createFindSplit(ctx);
  const planned: Planned[] = [];
  for (const run of runs)
    if (sources[run.source].trains) planned.push(await planOne(run, runs, find, ctx));
  if (planned.length === 0) return;
  // One for all, and none where nothing asks: the first to ask chooses.
  const backend = () => openBackend({ force: planned[0]?.run.flags.backend });
  const able = planned.filter(({ plan }) => plan.state !== "cannot start");
  const isFull = ({ run }: Planned) => run.flags.tune === "full";
  const time: Time = { seconds: 0, untimed: 0 };
  await printTuning(able.filter(isFull), time, backend, ctx);
  // Words are counted in no time.
  const heads = able.filter((one) => !isFull(one) && one.run.flags.encoder !== bagOfWords);
  await printEncoding(heads, time, find, backend, ctx);
  const stuck = planned.flatMap(({ run, plan }): [Run, string][] =>
    plan.state === "cannot start" ? [[run, plan.error.message]] : [],
  );
  if (stuck.length > 0) ctx.log("\nTrainings that cannot start");
  printAlike(stuck, ctx);

  const done = planned.filter(({ plan }) => plan.state === "done").length;
  const waiting = planned.filter(({ plan }) => plan.state === "waits").length;
  const whose = waiting === 1 ? "its" : "their";
  const later = waiting > 0 ? ` (${renderWhole(waiting)} once ${whose} examples are there)` : "";
  const counts = [
    `${renderWhole(able.length - done)} to do${later}`,
    `${renderWhole(done)} done`,
    ...(stuck.length > 0 ? [`${renderWhole(stuck.length)} cannot start`] : []),
  ];
  ctx.log(
    renderTotal("training", [
      counts.join(", "),
      ...(time.seconds > 0 ? [`about ${renderSeconds(time.seconds)}`] : []),
      ...(time.untimed > 0 ? [`of ${renderCount(time.untimed, "run")} the time is not known`] : []),
    ]),
  );
}

/**
 * Plans a run that trains, and estimates a full tuning that is to be done; one whose encoder or file does not fit
 * cannot start. No sets: nothing of its task is on this machine.
 */
async function planOne(run: Run, runs: readonly Run[], find: FindSplit, ctx: Context) {
  const plan: TrainingPlan = await planOffline(run, runs, ctx);
  const isOpen = plan.state === "todo" || plan.state === "waits";
  try {
    const sets = isOpen ? await findTrainingSets(run, plan, find) : null;
    if (!sets || run.flags.tune === "head") return { run, plan, sets, tuning: null };
    const tuning = await estimateTuning(run, sets, findRepeated(run, runs) !== null);
    return { run, plan, sets, tuning };
  } catch (error) {
    if (!(error instanceof ExpectedError)) throw error;
    return { run, plan: { state: "cannot start" as const, error }, sets: null, tuning: null };
  }
}

/** Prints full tunings, and adds up their time. */
async function printTuning(
  full: readonly Planned[],
  time: Time,
  openBackend: () => Promise<Backend>,
  ctx: Context,
): Promise<void> {
  if (full.every(({ plan }) => plan.state === "done")) return;
  const backend = await openBackend();
  const speed = await measureSpeed(backend.tf);
  ctx.log(
    `\nFull tuning: ${renderCount(full.length, "run")}, on ${backend.describe} (matrix products at ${Math.round(speed / 1e9)} GFLOPS here); times if no trial ends early`,
  );
  const lines = full.map(({ run, plan, tuning }): [Run, string] => {
    if (plan.state === "done") return [run, "already trained"];
    if (tuning?.operations) {
      const seconds = tuning.operations / speed;
      time.seconds += seconds;
      return [run, `${tuning.text}, about ${renderSeconds(seconds)}`];
    }
    time.untimed += 1;
    return tuning
      ? [run, `${tuning.text}; time not known before ${run.flags.encoder} is here`]
      : [run, "not known: its examples are not on this machine"];
  });
  printAlike(lines, ctx);
}

/** Prints what frozen encoders read, for trainings and, once these are done, for test sets; adds up its time. */
async function printEncoding(
  heads: readonly Planned[],
  time: Time,
  find: FindSplit,
  backend: () => Promise<Backend>,
  ctx: Context,
): Promise<void> {
  if (heads.length === 0) return;
  const sets = await Promise.all(heads.map((one) => listEncodedSets(one, find)));
  const vectorCache = join(heads[0]?.run.flags.results ?? "", "cache", "embeddings");
  const estimates = await estimateEncoding(
    sets.flatMap((own) => own ?? []),
    (named, probe, all) => measureEncoding(named, { probe, all, vectorCache }, backend),
  );
  const lines: string[] = [];
  const dimensions = new Map<string, number>();
  for (const { encoder, texts, missing, measured } of estimates) {
    let timed = `not timed: ${measured}`;
    if (typeof measured !== "string") {
      dimensions.set(encoder, measured.dimensions);
      time.seconds += measured.seconds;
      timed =
        missing === 0
          ? "all of them encoded before"
          : `about ${renderSeconds(measured.seconds)} (measured with a few)`;
      if (missing > 0 && missing < texts)
        timed = `${renderAbout(texts - missing)} of them encoded before, ${timed}`;
    }
    lines.push(`  ${shortenModelName(encoder)}: ${renderAbout(texts)} texts, ${timed}`);
  }
  const estimateFit = createFitEstimate(backend);
  let fits = 0;
  for (const [i, { run, plan, sets: own }] of heads.entries()) {
    const size = dimensions.get(run.flags.encoder);
    const read = sets[i];
    if (!read || (read.length > 0 && size === undefined)) time.untimed += 1;
    else if (own && size !== undefined && plan.state !== "done")
      fits += await estimateFit(run, own.train, size);
  }
  time.seconds += fits;
  const timed = fits >= 1 ? `about ${renderSeconds(fits)} of fits` : "seconds each";
  ctx.log(
    `\nHeads on frozen encoders: ${renderCount(heads.length, "run")}, ${timed} once the texts are encoded, test sets included`,
  );
  for (const line of lines) ctx.log(line);
}

/** Lists what is still to be read for a run; null: its examples are not on this machine. */
async function listEncodedSets({ run, plan, sets }: Planned, find: FindSplit) {
  const isDone = plan.state === "done";
  if (!isDone && !sets) return null;
  const all = sets ? [sets.train, sets.dev] : [];
  const { select, keep } = run.flags;
  // What is selected among is all read.
  if (sets && select === "coverage" && keep !== null)
    all.push({ ...sets.train, n: Math.round(sets.train.n / keep) });
  for (const test of run.tests) {
    if (isDone && existsSync(join(toEvaluationFolder(run, test), endings.done))) continue;
    const sample = await find(test, "test", run.data);
    if (sample) all.push({ name: `test of ${test.folder ?? test.name}`, n: sample.length, sample });
  }
  return all.map((set) => ({ ...set, run }));
}

/** Prints a line for all runs of which the same is said: many differ in seed and source alone. */
function printAlike(lines: readonly [Run, string][], ctx: Context): void {
  for (const text of new Set(lines.map(([, text]) => text))) {
    const [first, ...others] = lines.filter((line) => line[1] === text).map(([run]) => run);
    const more = others.length > 0 ? ` and ${renderCount(others.length, "run")} more, each` : "";
    ctx.log(`  ${first && toRunName(first)}${more}: ${text}`);
  }
}
