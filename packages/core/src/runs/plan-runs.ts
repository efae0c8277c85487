import { join } from "node:path";
import { logCreated } from "../data/folder-notes.ts";
import { allSettings, type Source, sources } from "../data/sources.ts";
import { findSplitFile } from "../data/split-files.ts";
import type { Form, Task } from "../data/tasks.ts";
import { bagOfWords } from "../embed/bag-of-words.ts";
import { type CommandLine, type Request, resolvePaths } from "../flags/command-line.ts";
import { type Flags, flagTable, isReadBy, toOption } from "../flags/flags.ts";
import { isBuiltIn } from "../logs/paths.ts";
import { addRoot } from "../logs/roots.ts";
import { FlagError } from "../messages/errors.ts";
import { addBaselines, hasTellingNames } from "./baselines.ts";
import { chooseFurtherTests, chooseTasks, listTests } from "./choose-tasks.ts";
import {
  type CompletionsDependencies,
  completeRuns,
  howToAsk,
  type PlannedRow,
} from "./completions.ts";
import { checkLabelCheck, checkReadsAnswers } from "./label-check.ts";
import { type Run, renderSeeds, toPoolRun, toTrainingFolder } from "./run.ts";
import { chooseShard } from "./shard.ts";
import { findTaskFolders } from "./task-folders.ts";

/**
 * Plans all runs that a command line asks for, those of every grid of its experiment, each once; with
 * `--shard` this machine's part of them.
 * @throws FlagError before anything is started
 */
export async function planExperiment(
  { requests }: Pick<CommandLine, "requests">,
  deps: CompletionsDependencies,
): Promise<Run[]> {
  const logged = new Set<string>();
  const log = (line: string) => {
    if (!logged.has(line)) deps.log(line);
    logged.add(line);
  };
  const runs = new Map<string, Run>();
  const grids = requests.flatMap((request) => findTaskFolders(request, deps.env));
  const given = grids.flatMap(({ flags }) => flags.created ?? []);
  for (const request of grids)
    for (const run of await planGrid(request, given, { ...deps, log })) {
      const key = JSON.stringify([toTrainingFolder(run), run.tests.map(({ name }) => name)]);
      const known = runs.get(key);
      if (known && known.task.folder !== run.task.folder)
        throw new FlagError(
          `--data: ${known.task.folder} and ${run.task.folder} have the same name, example and labels, and so the same results: give one of the two a "name" of its own in task.json`,
        );
      if (!known) runs.set(key, run);
    }
  if (runs.size === 0) throw new FlagError("expected runs, but all are left out");
  const all = [...runs.values()];
  const kinds = new Set(all.map(({ completions }) => completions?.kind));
  if (kinds.has("live") && kinds.has("sample"))
    throw new FlagError(
      `some runs are finished, and there is no language model to ask for the others: ${howToAsk}, or --sample for the bundled sample`,
    );
  logUnread(requests, all, log);
  const mixed = all.map((run) => renderSeeds(run.seeds)).find((text) => text.includes("/"));
  if (mixed) log(`seeds such as ${mixed}: formatting example, creation, training`);
  return chooseShard(all, requests[0].flags.shard);
}

/**
 * Plans one grid: tasks x sources x seeds, each with its data and its language model.
 * @param created the files of `--created` of all grids
 */
async function planGrid(
  given: Request,
  created: readonly string[],
  deps: CompletionsDependencies,
): Promise<Run[]> {
  const request = { ...given, flags: resolvePaths(given, deps.env) };
  const { flags } = request;
  // Vectors are cached below the results.
  for (const folder of [flags.results, flags.replay]) if (folder) addRoot(folder, flags);
  const used = [flags.created, flags.pool, flags.example, ...created];
  const folderFlags = { columns: flags.columns, used };
  const tasks = await chooseTasks(flags.data, folderFlags, deps);
  if (flags.example !== null && tasks.length > 1)
    throw new FlagError("--example: expected one task in --data, since an example is one task's");
  if (flags.columns !== null && flags.created === null && !tasks.some(({ own }) => own))
    throw new FlagError("--columns: expected a folder of your own in --data, or --created FILE");
  for (const { columns = null } of flags.created === null ? [] : tasks)
    logCreated(flags.created ?? "", flags.columns ?? columns, deps.log);
  const further = chooseFurtherTests(flags.testOn, deps);
  const chosen = chooseSources(request);
  checkTogether(flags);
  checkPool(flags, chosen, tasks);
  const rows = tasks.flatMap((task): PlannedRow[] => {
    const tests = listTests(task, further);
    return keepPossibleSources(task, chosen, request, deps.log).flatMap((source) =>
      crossSeeds(flags, source).map((seeds) => ({ task, source, tests, seeds })),
    );
  });
  const runs = await completeRuns(leaveIdleOut(rows, flags, deps.log), request, deps);
  for (const run of runs) checkLabelCheck(run);
  if (runs.some((run) => toPoolRun(run) !== null && run.completions?.kind !== "live"))
    throw new FlagError(
      `--pool: expected a language model to ask (${howToAsk}), since a recording of created examples has no answers about other texts; --setting pool alone can be replayed`,
    );
  checkReadsAnswers(given, runs);
  return addBaselines(runs);
}

function checkTogether(flags: Flags): void {
  const { reply, replies, tune, head, encoder, runtime, humanRows, examples } = flags;
  if (flags.balance && flags.tokens !== null && examples === null)
    throw new FlagError(
      "--balance: expected --examples N beside --tokens, since it keeps an equal part of N for each label",
    );
  if (humanRows !== null && examples !== null && humanRows > examples)
    throw new FlagError(
      `--human-rows: expected ${examples} at most, as --examples says, got ${humanRows}`,
    );
  const { select, keep, selectEncoder } = flags;
  if ((select === null) !== (keep === null))
    throw new FlagError(
      select === null
        ? "--keep: expected --select coverage or --select random with it"
        : `--select ${select}: expected --keep with the fraction that is kept, such as --keep 0.3`,
    );
  if (selectEncoder === bagOfWords)
    throw new FlagError(
      `--select-encoder: expected an encoder that knows texts beforehand, such as use-lite, got ${bagOfWords}`,
    );
  if (tune === "full" && isBuiltIn(encoder))
    throw new FlagError(
      `--tune full: expected an encoder with weights that can be trained, got ${encoder}: give --encoder a hub id such as FacebookAI/roberta-base, or a folder`,
    );
  if (runtime === "tfjs" && isBuiltIn(encoder))
    throw new FlagError(
      `--runtime tfjs: expected an encoder in the hub's layout, got ${encoder}, which has a runtime of its own: leave --runtime out, or give --encoder a hub id such as sentence-transformers/all-MiniLM-L6-v2, or a folder`,
    );
  if (head !== null && !heads[tune].includes(head))
    throw new FlagError(
      `--head: expected ${heads[tune].join(" or ")} with --tune ${tune}, got ${JSON.stringify(head)}`,
    );
  if (reply === "schema" && replies === "strict")
    throw new FlagError(
      "--reply schema: expected --replies salvage, since the strict rule keeps no JSON of that form",
    );
}

/** Checks that texts to label go with what is asked for. @throws FlagError */
function checkPool(
  { pool, poolLimit, created }: Flags,
  chosen: readonly Source[],
  tasks: readonly Task[],
): void {
  if (pool === null && chosen.includes("pool"))
    throw new FlagError("--setting pool: expected the texts, by --pool FILE");
  if (pool === null && poolLimit !== null)
    throw new FlagError("--pool-limit: expected --pool FILE with it");
  if (pool === null) return;
  if (created !== null)
    throw new FlagError(
      "--pool: expected no --created with it, whose examples are trained on as they are",
    );
  const varying = tasks.find(({ options }) => options !== "fixed");
  if (varying)
    throw new FlagError(
      `--pool: expected labels that are the same for every example, which those of ${varying.name} are not`,
    );
}

const heads: Record<Flags["tune"], readonly string[]> = {
  head: ["linear", "mlp"],
  full: ["own", "mean"],
};

/**
 * Crosses seeds where a list is given for each alone; `--seed` moves the three together. Where nothing is
 * trained, the creation seed alone is read; where nobody is asked either, none.
 */
function crossSeeds({ seed, exampleSeed, creationSeed, trainSeed }: Flags, source: Source) {
  if (!sources[source].trains && !sources[source].asksModel)
    return [{ example: 1, creation: 1, train: 1 }];
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

/** The reason that a value of `--input` changes nothing for a form of example; null: it does. */
const idleInputs: Record<Flags["input"], (form: Form) => string | null> = {
  full: () => null,
  options: ({ options }) => (options === "fixed" ? "its options are the same everywhere" : null),
  question: ({ context }) => (context ? null : "it has no context to leave out"),
};

/**
 * Leaves out the rows whose examples `--input` does not change, or that have no answers for `--labels soft` or `answered`,
 * with a line for each: what sees what every run sees, or nothing at all, would only mislead.
 */
function leaveIdleOut(
  rows: readonly PlannedRow[],
  { input, labels }: Pick<Flags, "input" | "labels">,
  log: (line: string) => void,
): PlannedRow[] {
  return rows.filter(({ task, source }) => {
    const { trains, asksModel } = sources[source];
    const why = trains || !asksModel ? idleInputs[input](task) : null;
    if (why !== null) log(`--input ${input}: ${task.name} is left out, ${why}`);
    const isCertain = (labels === "soft" || labels === "answered") && sources[source].isHuman;
    if (isCertain) log(`--labels ${labels}: human is left out, its labels have no blind answers`);
    return why === null && !isCertain;
  });
}

/** Logs the given flags of the training that none of the runs reads, of whatever grid. */
function logUnread(
  requests: readonly Request[],
  runs: readonly Run[],
  log: (line: string) => void,
): void {
  for (const name of new Set(requests.flatMap(({ given }) => [...given])))
    if (
      flagTable[name].changes === "train" &&
      !runs.some((run) => isReadBy(name, run.source, run.flags))
    )
      log(`${toOption(name)} is read by none of these runs`);
}

function chooseSources({ flags, given }: Request): readonly Source[] {
  if (flags.created !== null) {
    for (const other of ["setting", "replay"] as const)
      if (given.has(other))
        throw new FlagError(
          `--created brings the examples to train on: expected no ${toOption(other)} with it`,
        );
    return ["file"];
  }
  const named = flags.setting.filter((setting) => setting !== "all");
  const all = flags.setting.includes("all") ? allSettings : [];
  const chosen: Source[] = [...new Set([...all, ...named])];
  const { tokens, examples } = flags;
  if (tokens !== null && examples === null && chosen.some((name) => sources[name].isHuman))
    throw new FlagError(
      "--setting human: expected --examples N beside --tokens, since rows that people labelled take no tokens",
    );
  if (flags.addHuman !== null && !chosen.some((name) => sources[name].takesHumanRows))
    throw new FlagError(
      "--add-human mixes human examples into created ones: expected another --setting than human or direct alone",
    );
  // What stands beside created examples is a row of its own, too.
  return flags.pool === null ? chosen : [...new Set<Source>([...chosen, "pool"])];
}

/**
 * Keeps the sources that a task has the files for. An own task without a train split has no
 * `human` row: an error where the command line asks for the row by name, as an experiment does for any task.
 */
function keepPossibleSources(
  task: Task,
  chosen: readonly Source[],
  { flags, typed }: Request,
  log: (line: string) => void,
): readonly Source[] {
  if (chosen.includes("names") && !hasTellingNames(task))
    throw new FlagError(
      `--setting names: expected labels whose names or descriptions say what each is about, as those of ${task.name} do not; describe them in task.json: "labels": {"LABEL": "what it means"}`,
    );
  const { folder = "" } = task;
  if (!task.own || findSplitFile(folder, "train") !== null) return chosen;
  const path = join(folder, "train.jsonl");
  if (flags.addHuman !== null)
    throw new FlagError(`--add-human: expected the train split of ${task.name} at ${path}`);
  if (!chosen.some((name) => sources[name].isHuman)) return chosen;
  if (!flags.setting.includes("all") && typed.has("setting"))
    throw new FlagError(`--setting human: expected the train split of ${task.name} at ${path}`);
  log(`${task.name} has no train split: no human row`);
  return chosen.filter((source) => !sources[source].isHuman);
}
