import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { releaseBackend } from "../backend/backend.ts";
import {
  type CommandLine,
  type LoadExperiment,
  parseCommandLine,
  resolvePaths,
} from "../flags/command-line.ts";
import type { Flags } from "../flags/flags.ts";
import { renderHelp } from "../flags/help.ts";
import { decodeUtf8 } from "../logs/files.ts";
import { decodeJson } from "../logs/json.ts";
import { projectFolders } from "../logs/paths.ts";
import { ExpectedError, FlagError, LockedError, toMessage } from "../messages/errors.ts";
import { redact } from "../messages/redact.ts";
import { renderCount } from "../messages/render-numbers.ts";
import { writeEnding } from "../runs/manifest.ts";
import { planExperiment } from "../runs/plan-runs.ts";
import { type Run, toRunName } from "../runs/run.ts";
import { type CommandContext, type Context, runWork, type Surroundings } from "./context.ts";

export interface Stage {
  name: "creator" | "trainer" | "eval";
  folder: (run: Run) => string;
  /** Does one run, once it knows all of them. An ExpectedError fails this run only. */
  open: (runs: readonly Run[], ctx: Context) => (run: Run) => Promise<void>;
  forecast?: (runs: readonly Run[], ctx: Context) => Promise<void>;
  /**
   * Work after all runs.
   * @param about the experiment's description of itself; null: it has none
   * @returns the exit code
   */
  close?: (
    runs: readonly Run[],
    flags: Flags,
    ctx: Context,
    about: string | null,
  ) => Promise<number>;
}

/** Runs one stage for a command line, as a process of its own does. */
export function runEntry(stage: Stage, io: Surroundings): Promise<number> {
  return runStages([stage], io);
}

/**
 * Runs stages one after the other for a command line, without touching the process: one plan, one panel, one interrupt.
 * A run that fails is written down, leaves the others alone, and is passed over by later stages. A stage that ends
 * with another code than 0 is the last.
 * @returns the exit code: 0; 2 for a bad flag, before anything is started; 1 for another failure or a run that another
 *   process holds; 130 after an interrupt
 */
export async function runStages(stages: readonly Stage[], io: Surroundings): Promise<number> {
  // Under turbo every stage gets the same line; what concerns all of them is printed once.
  const first = stages[0]?.name === "creator" || !io.env.TURBO_HASH;
  return runWork(io, async (offline) => {
    offline.onInterrupt(() => "the same command goes on from here");
    const line = await parseCommandLine(io.argv, loadExperiment);
    if (line === null) {
      if (first) offline.log(renderHelp(io.argv, io.env));
      return 0;
    }
    const [request] = line.requests;
    const { timeout, shard, dryRun } = request.flags;
    const ctx = { ...offline, fetch: await io.openNetwork(timeout) };
    const runs = await planExperiment(line, { ...ctx, log: first ? ctx.log : () => {} });
    if (first && shard)
      ctx.log(`part ${shard.index} of ${shard.of}: ${renderCount(runs.length, "run")}`);
    for (const stage of stages) {
      if (request.flags.preview && stage.name !== "creator") return 0;
      if (dryRun) await stage.forecast?.(runs, ctx);
      const code = dryRun ? 0 : await runStage(stage, runs, line, ctx);
      if (code !== 0) return code;
      releaseBackend();
    }
    return 0;
  });
}

/** Does all runs of a stage, and what it does after them. @returns the exit code */
async function runStage(
  stage: Stage,
  runs: readonly Run[],
  { requests: [request], about }: CommandLine,
  ctx: CommandContext,
): Promise<number> {
  const work = stage.open(runs, ctx);
  const ends = new Set<Awaited<ReturnType<typeof doRun>>>();
  for (const run of runs) ends.add(await doRun(stage, run, work, ctx));
  if (ends.has("held")) return 1;
  const code = await stage.close?.(runs, resolvePaths(request, ctx.env), ctx, about);
  return code || (ends.has("not written down") ? 1 : 0);
}

/** Does a run, unless it fails. held: by another process. */
async function doRun(
  stage: Stage,
  run: Run,
  work: ReturnType<Stage["open"]>,
  ctx: CommandContext,
): Promise<"done" | "failed" | "not written down" | "held"> {
  try {
    await work(run);
    return "done";
  } catch (error) {
    if (!(error instanceof ExpectedError) || error instanceof FlagError) throw error;
    if (error instanceof LockedError) {
      ctx.complain(error.message);
      return "held";
    }
    ctx.log(`failed: ${toRunName(run)}: ${error.message}`);
    const failure = { error: redact(error.message, ctx.env), at: new Date().toISOString() };
    try {
      writeEnding(stage.folder(run), "failed", failure);
      return "failed";
    } catch (why) {
      if (!(why instanceof ExpectedError)) throw why;
      ctx.log(`  ${why.message}`);
      return "not written down";
    }
  }
}

const loadExperiment: LoadExperiment = async (name) => {
  const path = join(projectFolders.experiments, `${name}.json`);
  if (!/^[\w-]+$/.test(name)) throw new FlagError(`--experiment: expected a name, got ${name}`);
  const bytes = await readFile(path).catch(() => {
    throw new FlagError(`--experiment: expected one of those in experiments/, got ${name}`);
  });
  try {
    return decodeJson(decodeUtf8(bytes, path)) as Record<string, unknown>;
  } catch (error) {
    throw new FlagError(`${path}: expected JSON (${toMessage(error)})`);
  }
};
