import { type Source, sources } from "../data/sources.ts";
import { useLite } from "../embed/use-lite.ts";
import type { Request } from "../flags/command-line.ts";
import type { Flags } from "../flags/flags.ts";
import { resolvePaths } from "../flags/resolve-paths.ts";
import { projectFolders } from "../logs/paths.ts";
import { FlagError } from "../messages/errors.ts";
import { chooseSources, toSourcesOf } from "./choose-sources.ts";
import { chooseTasks, type TasksDependencies } from "./choose-tasks.ts";
import { chooseFurtherTests, toTests } from "./chosen-tests.ts";
import { chooseOrigin, howToAsk, type Origin, type OriginDependencies } from "./completions.ts";
import { withoutIdleCuts } from "./cut-inputs.ts";
import { findConflict, type Recording, yieldToRecording } from "./recording.ts";
import type { Completions, Run, Seeds } from "./run.ts";

/** What planning needs from outside. */
export interface PlanDependencies extends OriginDependencies, TasksDependencies {}

/** How many examples are created of an own task where `--examples` does not say. */
export const ownTarget = 500;

/**
 * The runs that a command line asks for: tasks x sources x seeds, each with its data and its
 * language model.
 * @throws FlagError before anything is started
 */
export async function planRuns(asked: Request, deps: PlanDependencies): Promise<Run[]> {
  const given = { ...asked, flags: resolvePaths(asked, deps.env) };
  const chosen = await chooseTasks(given.flags.data, deps);
  if (given.flags.example !== null && chosen.length > 1)
    throw new FlagError("--example: expected one task in --data, since an example is one task's");
  const further = chooseFurtherTests(given.flags.testOn, deps);
  const sources = chooseSources(given);
  // Before the origin, which may ask a server: what the flags cannot mean is said first.
  const sourced = chosen.flatMap((task) => {
    const tests = toTests(task, further);
    return toSourcesOf(task, sources, given, deps.log).map((source) => ({
      task,
      source,
      tests,
    }));
  });
  const origin = await chooseOrigin(given, chosen, sources, deps);
  const request = origin.kind === "sample" ? yieldToRecording(given) : given;
  const { flags } = request;
  checkTogether(flags, origin);
  const rows = sourced.flatMap((row): Row[] =>
    toSeeds(flags, row.source).map((seeds) => ({ ...row, seeds })),
  );
  const planned = rows.map((row) => toRun(row, request, origin));
  return withoutIdleCuts(planned, deps.log);
}

/** What can never work together. @throws FlagError */
function checkTogether(flags: Flags, origin: Origin): void {
  const { reply, replies, batch, verifyModel, model, tune, head, encoder } = flags;
  if (tune === "full" && encoder === useLite)
    throw new FlagError(
      `--tune full: expected an encoder with weights that can be trained, got ${encoder}: give --encoder a hub id such as FacebookAI/roberta-base, or a folder`,
    );
  if (head !== null && !heads[tune].includes(head))
    throw new FlagError(
      `--head: expected ${heads[tune].join(" or ")} with --tune ${tune}, got ${JSON.stringify(head)}`,
    );
  if (reply === "schema" && replies === "strict")
    throw new FlagError(
      "--reply schema: expected --replies salvage, since the strict rule keeps no JSON of that form",
    );
  if (origin.kind !== "live" || origin.file === null) return;
  if (batch) throw new FlagError(`--batch: expected OpenAI's API, got the file ${model}`);
  if (verifyModel !== null)
    throw new FlagError(`--verify-model: expected none, since the file ${model} answers alone`);
}

/** The heads of each way of tuning. */
const heads: Record<Flags["tune"], readonly string[]> = {
  head: ["linear", "mlp"],
  full: ["own", "mean"],
};

type Row = Pick<Run, "task" | "source" | "tests" | "seeds">;

function toRun(row: Row, request: Request, origin: Origin): Run {
  const { flags: asked, grid } = request;
  const addHuman = sources[row.source].takesHumanRows ? asked.addHuman : null;
  const flags = { ...asked, addHuman };
  const run: Run = { ...row, flags, data: origin.data, completions: null, grid };
  if (!sources[row.source].asksModel || origin.kind === "nobody") return run;
  if (origin.kind === "live") {
    const { data, ...completions } = origin;
    const examples = flags.examples ?? (row.task.own ? ownTarget : null);
    return {
      ...run,
      flags: { ...flags, model: completions.model, examples },
      completions,
    };
  }
  const recording = chooseRecording(row, { ...request, flags }, origin.recordings);
  const { exampleSeed, creationSeed, ...values } = recording.values;
  const seeds = { ...row.seeds, example: exampleSeed, creation: creationSeed };
  const examples = flags.examples ?? values.examples;
  const kind = recording.folder.startsWith(projectFolders.recordings) ? "sample" : "replay";
  const completions: Completions = { kind, model: values.model, recording };
  return { ...run, seeds, flags: { ...flags, ...values, examples }, completions };
}

function chooseRecording({ task, source, seeds }: Row, request: Request, all: Recording[]) {
  const named = all.filter((one) => one.task === task.name && one.setting === source);
  const candidates = named.filter(({ mark }) => mark === (task.fingerprint ?? null));
  const contradictions = candidates.map((one) => findConflict(request, seeds, one));
  const fitting = candidates[contradictions.indexOf(null)];
  if (fitting) return fitting;
  const other =
    named.length > 0
      ? "; those that are there were made with another example, options or instruction"
      : "";
  const how = request.flags.replay === null ? `: ${howToAsk}` : "";
  throw new FlagError(
    contradictions[0] ?? `no recording of ${task.name} with --setting ${source}${other}${how}`,
  );
}

/**
 * Seeds crossed where a list is given for each alone; `--seed` moves the three together. Where the
 * language model itself answers, the creation seed alone is read.
 */
function toSeeds({ seed, exampleSeed, creationSeed, trainSeed }: Flags, source: Source): Seeds[] {
  if (!sources[source].trains)
    return [...new Set(creationSeed ?? seed)].map((one) => ({
      example: one,
      creation: one,
      train: one,
    }));
  return seed.flatMap((all) =>
    (exampleSeed ?? [all]).flatMap((example) =>
      (creationSeed ?? [all]).flatMap((creation) =>
        (trainSeed ?? [all]).map((train) => ({ example, creation, train })),
      ),
    ),
  );
}
