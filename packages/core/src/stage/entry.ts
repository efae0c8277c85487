import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type LoadExperiment, parseCommandLine, renderHelp } from "../flags/command-line.ts";
import type { Shard } from "../flags/flag-values.ts";
import type { Flags } from "../flags/flags.ts";
import { resolvePaths } from "../flags/with-paths.ts";
import { projectFolders } from "../logs/paths.ts";
import { ExpectedError, FlagError, LockedError, toMessage } from "../messages/errors.ts";
import { redact } from "../messages/redact.ts";
import { renderCount } from "../messages/render-numbers.ts";
import { writeEnding } from "../runs/manifest.ts";
import { planExperiment } from "../runs/plan-experiment.ts";
import { type Run, toRunName } from "../runs/runs.ts";
import { openNetwork } from "./network.ts";
import { isDrawable, openPanel, type Panel } from "./panel.ts";

/** What a stage's work gets from its entry. */
export interface Context {
  env: NodeJS.ProcessEnv;
  fetch: typeof fetch;
  /** Tells the user one line. Keys are removed from it. */
  log: (line: string) => void;
  /** Drawn below the lines, keys removed; null where it would not be seen: lines then tell. */
  panel: Panel | null;
  /** What to say, and to write, should the user interrupt now. Returns a function to take it back. */
  onInterrupt: (leave: () => string) => () => void;
}

/** A stage of the pipeline, as `experiment` runs it. */
export interface Stage {
  name: "creator" | "trainer" | "eval";
  /** The folder that a run's failure is written to. */
  folder: (run: Run) => string;
  /** Does one run, once it knows all of them. An ExpectedError fails this run only. */
  open: (runs: readonly Run[], ctx: Context) => (run: Run) => Promise<void>;
  /** What `--dry-run` prints in place of it. */
  forecast?: (runs: readonly Run[], ctx: Context) => Promise<void>;
  /**
   * After all runs.
   * @param about what the experiment says of itself; null: nothing, or there is none
   * @returns the exit code
   */
  close?: (
    runs: readonly Run[],
    flags: Flags,
    ctx: Context,
    about: string | null,
  ) => Promise<number>;
}

/** Runs a stage for the command line of this process, and ends the process. */
export async function enterStage(stage: Stage): Promise<void> {
  const { env } = process;
  const underTurbo = Boolean(env.TURBO_HASH);
  const clean = (text: string) => redact(text, env);
  const panel = isDrawable(process.stdout, env) ? await openPanel(process.stdout, clean) : null;
  const say = (line: string) => {
    const print = () => console.log(clean(line));
    panel ? panel.above(print) : print();
  };
  const complain = (line: string) => {
    panel?.clear();
    console.error(clean(line));
  };
  const leaving = new Set<() => string>();
  const leave = () => {
    const said = Array.from(leaving, (one) => one());
    complain(["interrupted", ...said, "the same command goes on from here"].join("; "));
    process.exit(130);
  };
  process.once("exit", () => panel?.clear());
  process.once("SIGINT", leave);
  process.once("SIGTERM", leave);
  process.once("uncaughtException", (bug) => {
    complain(toStack(bug));
    process.exit(1);
  });
  const ctx: Context = {
    env,
    fetch: (...args) => globalThis.fetch(...args),
    log: say,
    panel,
    onInterrupt(one) {
      leaving.add(one);
      return () => void leaving.delete(one);
    },
  };
  try {
    const first = stage.name === "creator" || !underTurbo;
    const line = await parseCommandLine(process.argv.slice(2), loadExperiment);
    if (line === null) {
      if (first)
        say(renderHelp("-- [flags]   (npx turbo run experiment -- --data boolq --setting tree)"));
      process.exit(0);
    }
    const { flags: asked } = line.requests[0];
    openNetwork(asked.timeout);
    const runs = await planExperiment(line, {
      env,
      fetch: ctx.fetch,
      log: first ? say : () => {},
    });
    if (first && asked.shard) say(renderPart(runs, asked.shard));
    if (asked.dryRun) {
      await stage.forecast?.(runs, ctx);
      process.exit(0);
    }
    const work = stage.open(runs, ctx);
    let locked = false;
    for (const run of runs) {
      const lock = await attempt(stage, run, work, ctx);
      if (lock === null) continue;
      complain(lock);
      locked = true;
    }
    if (locked) process.exit(1);
    const flags = resolvePaths(line.requests[0], env);
    process.exit(stage.close ? await stage.close(runs, flags, ctx, line.about) : 0);
  } catch (error) {
    if (error instanceof FlagError) {
      complain(error.message);
      process.exit(2);
    }
    complain(error instanceof ExpectedError ? error.message : toStack(error));
    process.exit(1);
  }
}

/** @returns why another process has the run; null: it was not so */
async function attempt(
  stage: Stage,
  run: Run,
  work: ReturnType<Stage["open"]>,
  ctx: Context,
): Promise<string | null> {
  try {
    await work(run);
  } catch (error) {
    if (!(error instanceof ExpectedError) || error instanceof FlagError) throw error;
    const message = redact(error.message, ctx.env);
    if (error instanceof LockedError) return message;
    ctx.log(`failed: ${toRunName(run)}: ${message}`);
    writeEnding(stage.folder(run), "failed", {
      error: message,
      at: new Date().toISOString(),
    });
  }
  return null;
}

const loadExperiment: LoadExperiment = async (name) => {
  const path = join(projectFolders.experiments, `${name}.json`);
  if (!/^[\w-]+$/.test(name)) throw new FlagError(`--experiment: expected a name, got ${name}`);
  const text = await readFile(path, "utf8").catch(() => {
    throw new FlagError(`--experiment: expected one of those in experiments/, got ${name}`);
  });
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch (error) {
    throw new FlagError(`${path}: expected JSON (${toMessage(error)})`);
  }
};

function renderPart(runs: readonly Run[], { index, of }: Shard): string {
  return `part ${index} of ${of}: ${renderCount(runs.length, "run")}`;
}

function toStack(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
