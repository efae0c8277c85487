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
} from "@seedling/core/internal";
import {
  countExamples,
  createFindSplit,
  type ExampleCounts,
  type FindSplit,
} from "./count-examples.ts";
import { type ExampleSet, estimateEncoding, measureEncoding } from "./estimate-encoding.ts";
import { estimateTuning, measureSpeed } from "./estimate-tuning.ts";
import { findRepeated, planOffline, type TrainingPlan } from "./plan.ts";

/** A run with its plan, and as many of its examples as are known before they are there. */
interface Planned {
  run: Run;
  plan: TrainingPlan;
  /** null where nothing of its task is on this machine. */
  size: ExampleCounts | null;
}

/** Estimated time of several runs, and of how many it is not known. */
interface Time {
  seconds: number;
  untimed: number;
}

/**
 * Prints what every run would train, how many steps that takes and about how long, what frozen encoders
 * would read and about how long, and all in all; trains and downloads nothing.
 */
export async function printDryRun(runs: readonly Run[], ctx: Context): Promise<void> {
  const find = createFindSplit(ctx);
  const planned: Planned[] = [];
  for (const run of runs) {
    if (!sources[run.source].trains) continue;
    const plan = await planOffline(run, runs, ctx);
    planned.push({ run, plan, size: await countExamples(run, plan, find) });
  }
  if (planned.length === 0) return;
  // One for all, and none where nothing asks: the first to ask chooses.
  const backend = () => openBackend({ force: planned[0]?.run.flags.backend });
  const tuning = await printTuning(planned, runs, backend, ctx);
  const stuck = planned.filter(({ plan }) => plan.state === "cannot start");
  const heads = planned.filter(
    (one) => one.run.flags.tune === "head" && one.plan.state !== "cannot start",
  );
  const encoding = await printEncoding(heads, find, backend, ctx);
  printStuck(stuck, ctx);
  const done = planned.filter(({ plan }) => plan.state === "done").length;
  const waiting = planned.filter(({ plan }) => plan.state === "waits").length;
  const later =
    waiting > 0
      ? ` (${renderWhole(waiting)} once ${waiting === 1 ? "its" : "their"} examples are there)`
      : "";
  const seconds = encoding.seconds + tuning.seconds;
  const untimed = encoding.untimed + tuning.untimed;
  const both = encoding.seconds > 0 && tuning.seconds > 0;
  const parts = both
    ? ` (${renderSeconds(encoding.seconds)} of encoding, test sets included, ${renderSeconds(tuning.seconds)} of full tuning)`
    : "";
  ctx.log(
    renderTotal("training", [
      [
        `${renderWhole(planned.length - done - stuck.length)} to do${later}`,
        `${renderWhole(done)} done`,
        ...(stuck.length > 0 ? [`${renderWhole(stuck.length)} cannot start`] : []),
      ].join(", "),
      ...(seconds > 0 ? [`about ${renderSeconds(seconds)}${parts}`] : []),
      ...(untimed > 0 ? [`of ${renderCount(untimed, "run")} the time is not known`] : []),
    ]),
  );
}

/** Prints what frozen encoders read, for trainings and, once these are done, for test sets. */
async function printEncoding(
  heads: readonly Planned[],
  find: FindSplit,
  backend: () => Promise<Backend>,
  ctx: Context,
): Promise<Time> {
  if (heads.length === 0) return { seconds: 0, untimed: 0 };
  const sets = await Promise.all(heads.map((one) => listSets(one, find)));
  const estimates = await estimateEncoding(
    sets.flatMap((own) => own ?? []),
    (named, texts) => measureEncoding(named, texts, backend),
  );
  ctx.log(
    `\nHeads on frozen encoders: ${renderCount(heads.length, "run")}, seconds each once the texts are encoded, test sets included`,
  );
  const unknown = new Set<string>();
  let total = 0;
  for (const { encoder, texts, seconds } of estimates) {
    if (typeof seconds === "string") unknown.add(encoder);
    else total += seconds;
    const time =
      typeof seconds === "string"
        ? `not timed: ${seconds}`
        : `about ${renderSeconds(seconds)} (measured with a few), less where vectors are kept`;
    ctx.log(`  ${shortenModelName(encoder)}: ${renderAbout(texts)} texts, ${time}`);
  }
  const untimed = heads.filter(({ run }, i) => {
    const own = sets[i];
    return !own || (own.length > 0 && unknown.has(run.flags.encoder));
  });
  return { seconds: total, untimed: untimed.length };
}

/** Lists what is still to be read for a run; null: its examples are not on this machine. */
async function listSets(
  { run, plan, size }: Planned,
  find: FindSplit,
): Promise<ExampleSet[] | null> {
  const { task, data, flags } = run;
  const sets: ExampleSet[] = [];
  const isDone = plan.state === "done";
  if (!isDone) {
    if (!size) return null;
    const { devSplit, sample } = size;
    const drawn = devSplit ? size.train : size.train + size.dev;
    const from = [toCreationFolder(run), flags.created, flags.addHuman].join(" ");
    sets.push({ run, name: from, n: drawn, sample });
    if (devSplit) sets.push({ run, name: `dev of ${task.name}`, n: size.dev, sample });
  }
  for (const test of run.tests) {
    if (isDone && existsSync(join(toEvaluationFolder(run, test), endings.done))) continue;
    const sample = await find(test, "test", data);
    const name = `test of ${test.folder ?? test.name}`;
    if (sample) sets.push({ run, name, n: sample.length, sample });
  }
  return sets;
}

/** Prints full tunings; one whose encoder does not fit cannot start. */
async function printTuning(
  planned: readonly Planned[],
  runs: readonly Run[],
  openBackend: () => Promise<Backend>,
  ctx: Context,
): Promise<Time> {
  const full = planned.filter(
    ({ run, plan }) => run.flags.tune === "full" && plan.state !== "cannot start",
  );
  const time = { seconds: 0, untimed: 0 };
  if (full.every(({ plan }) => plan.state === "done")) return time;
  const backend = await openBackend();
  const speed = await measureSpeed(backend.tf);
  ctx.log(
    `\nFull tuning: ${renderCount(full.length, "run")}, on ${backend.describe} (matrix products at ${Math.round(speed / 1e9)} GFLOPS here); times if no trial ends early`,
  );
  /** Runs that differ in seed and source alone often take the same. */
  const alike = new Map<string, { text: string; runs: Run[] }>();
  for (const one of full) {
    const estimate = await estimateRun(one, runs, speed);
    if (!estimate) continue;
    time.seconds += estimate.seconds ?? 0;
    time.untimed += estimate.seconds === null ? 1 : 0;
    const { run } = one;
    const key = JSON.stringify([run.task.name, run.grid, estimate.text]);
    const known = alike.get(key);
    if (known) known.runs.push(run);
    else alike.set(key, { text: estimate.text, runs: [run] });
  }
  for (const { text, runs } of alike.values()) ctx.log(`  ${nameRuns(runs)}: ${text}`);
  return time;
}

/** @returns null if it turns out that the training cannot start */
async function estimateRun(planned: Planned, runs: readonly Run[], speed: number) {
  const { run, plan, size } = planned;
  if (plan.state === "done") return { text: "already trained", seconds: 0 };
  if (!size) return { text: "not known: its examples are not on this machine", seconds: null };
  try {
    return await estimateTuning(run, size, findRepeated(run, runs) !== null, speed);
  } catch (error) {
    if (!(error instanceof ExpectedError)) throw error;
    planned.plan = { state: "cannot start", error };
    return null;
  }
}

/** Prints what cannot start, the same reason once. */
function printStuck(stuck: readonly Planned[], ctx: Context): void {
  const reasons = new Map<string, Run[]>();
  for (const { run, plan } of stuck) {
    if (plan.state !== "cannot start") continue;
    const { message } = plan.error;
    reasons.set(message, [...(reasons.get(message) ?? []), run]);
  }
  if (reasons.size > 0) ctx.log("\nTrainings that cannot start");
  for (const [reason, runs] of reasons) ctx.log(`  ${nameRuns(runs)}: ${reason}`);
}

function nameRuns(runs: readonly Run[]): string {
  const [first] = runs as [Run];
  const more = runs.length > 1 ? ` and ${renderCount(runs.length - 1, "run")} more, each` : "";
  return toRunName(first) + more;
}
