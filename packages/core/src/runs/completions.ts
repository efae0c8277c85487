import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { z } from "zod";
import { type DataFolder, isAbsentPartner, sampleMarker } from "../data/benchmark.ts";
import { sources } from "../data/sources.ts";
import type { Request } from "../flags/command-line.ts";
import { toOption } from "../flags/flags.ts";
import { type Env, isFolder, projectFolders, resolvePath } from "../logs/paths.ts";
import { FlagError } from "../messages/errors.ts";
import { completionsSchema } from "./creation-manifest.ts";
import { toAnswersFolder, toCreationFolder } from "./identity.ts";
import { findLiveModel, findOnlyModel, type LiveModel, readEndpoint } from "./live-model.ts";
import { endings, parseManifest } from "./manifest.ts";
import { findConflict, findRecordings, type Recording, yieldToRecording } from "./recording.ts";
import { type Run, toRunName } from "./run.ts";

/** The number of examples created for an own task without `--examples`. */
export const ownTarget = 500;

/** A run before it is known which data it takes and who answers its requests. */
export type PlannedRow = Pick<Run, "task" | "source" | "tests" | "seeds">;

/** Dependencies of completing runs. */
export interface CompletionsDependencies {
  env: Env;
  fetch: typeof fetch;
  log: (line: string) => void;
}

/** Advice on getting a language model to ask. */
export const howToAsk =
  "set OPENAI_API_KEY, or OPENAI_BASE_URL for a server of your own, or give --model FILE.gguf or --replay DIR";

/**
 * Gives each row its data and whoever answers its requests: a recording (`--sample`, `--replay`), a
 * model that is named, the model by which all is finished already, a server's only model. Where there
 * is none of these, the bundled sample is replayed, unless the user's own data or results are meant; a
 * dry run then plans with a model that nobody knows.
 * @throws FlagError saying what to set
 */
export async function completeRuns(
  rows: readonly PlannedRow[],
  request: Request,
  { env, fetch, log }: CompletionsDependencies,
): Promise<Run[]> {
  const { flags, given } = request;
  if (flags.sample) {
    for (const other of ["replay", "dataDir"] as const)
      if (given.has(other))
        throw new FlagError(
          `--sample brings its own data and replies: expected no ${toOption(other)} with it`,
        );
    return playSample(rows, request);
  }
  if (flags.replay !== null) {
    const recordings = await findRecordings(flags.replay);
    const data = chooseReplayedData(recordings, rows, flags.dataDir, env);
    return rows.map((row) => toRecordedRun(row, request, data, recordings));
  }
  const data = chooseDataFolder(flags.dataDir, env);
  const toLive = (model: LiveModel) => rows.map((row) => toLiveRun(row, request, data, model));
  const nobody = { model: flags.model ?? "", endpoint: null, file: null };
  const asking = toLive(nobody).filter(({ completions }) => completions !== null);
  if (asking.length === 0) return toLive(nobody);
  const endpoint = readEndpoint(env);
  const named = findLiveModel(flags.model, endpoint, env);
  if (named?.endpoint || named?.file) {
    checkModelFile(request, named);
    return toLive(named);
  }
  const findFinished = createFinishedSearch(request);
  const models: string[][] = [];
  for (const run of asking) models.push(await findFinished(run));
  const [first = []] = models;
  const common = first.filter((model) => models.every((known) => known.includes(model)));
  const [only, ...others] = common;
  if (only !== undefined && others.length === 0) {
    log(`all of it is finished already, by ${only}; --model asks another model`);
    return toLive({ model: only, endpoint, file: null });
  }
  if (endpoint)
    return toLive({ model: await findOnlyModel(endpoint, fetch), endpoint, file: null });
  const why = renderUnasked(asking, models, common, request, env);
  if (flags.dryRun && why !== null) return toLive(nobody);
  if (why !== null) throw new FlagError(why);
  return playSample(rows, request).catch((error: unknown) => {
    if (flags.dryRun && error instanceof FlagError) return toLive(nobody);
    throw error;
  });
}

/** Explains why the sample does not replace the missing language model; null: it does. */
function renderUnasked(
  asking: readonly Run[],
  models: readonly string[][],
  common: readonly string[],
  { flags }: Request,
  env: Env,
): string | null {
  if (common.length > 1)
    return `--model: expected one of ${common.join(", ")}, by each of which all of it is finished`;
  const made = models.findIndex((known) => known.length > 0);
  const open = asking[models.findIndex((known) => !known.includes(models[made]?.[0] ?? ""))];
  const done = asking[made];
  if (done && open)
    return `${toRunName(done)} is finished by ${models[made]?.[0]}, ${toRunName(open)} is not, and there is no language model to ask: ${howToAsk}, or --sample for the bundled sample`;
  const named = flags.dataDir !== null ? "--data-dir" : env.SEEDLING_DATA ? "SEEDLING_DATA" : null;
  return (
    named &&
    `${named} names benchmarks, but there is no language model to ask: ${howToAsk}, or --sample for the bundled sample`
  );
}

/** A run of a source that asks nobody, or asks a live model. */
function toLiveRun(row: PlannedRow, request: Request, data: DataFolder, live: LiveModel): Run {
  const run = toRun(row, request, data);
  if (!sources[row.source].asksModel) return run;
  const examples = run.flags.examples ?? (row.task.own ? ownTarget : null);
  const flags = { ...run.flags, model: live.model || null, examples };
  return { ...run, flags, completions: { kind: "live", ...live } };
}

function toRun(row: PlannedRow, { flags, grid }: Request, data: DataFolder): Run {
  const addHuman = sources[row.source].takesHumanRows ? flags.addHuman : null;
  return { ...row, flags: { ...flags, addHuman }, data, completions: null, grid };
}

/** Refuses what a model file in this process cannot do. @throws FlagError */
function checkModelFile({ flags }: Request, { file }: LiveModel): void {
  if (file === null) return;
  if (flags.batch)
    throw new FlagError(`--batch: expected OpenAI's API, got the file ${flags.model}`);
  if (flags.verifyModel !== null)
    throw new FlagError(
      `--verify-model: expected none, since the file ${flags.model} answers alone`,
    );
}

const finishedSchema = z.object({ completions: completionsSchema });

/**
 * Opens a search for the models that have finished what a run asks for, with all its other flags the
 * same: models of the manifests there are, where the run by that model has a manifest.
 */
function createFinishedSearch(request: Request): (run: Run) => Promise<string[]> {
  const listed = new Map<string, readonly string[]>();
  return async (run) => {
    const folder = dirname(toCreationFolder(run));
    const models = listed.get(folder) ?? listModels(folder);
    listed.set(folder, models);
    const { model: given } = request.flags;
    const found: string[] = [];
    for (const model of models)
      if (given === null || given === model)
        if (await isFinished({ ...run, flags: { ...run.flags, model } })) found.push(model);
    return found;
  };
}

/** The live models of the manifests below a folder, each once. */
function listModels(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
  const manifests = files.filter((file) => basename(file) === endings.done).sort();
  const models = manifests.flatMap((file) => {
    const manifest = parseManifest(readFileSync(join(folder, file), "utf8"), finishedSchema);
    if (!("value" in manifest)) return [];
    const { kind, model } = manifest.value.completions;
    return kind === "live" ? [model] : [];
  });
  return [...new Set(models)];
}

async function isFinished(run: Run): Promise<boolean> {
  const { task, source, tests, data } = run;
  const folders = sources[source].trains ? [toCreationFolder(run)] : [];
  if (!sources[source].trains)
    for (const test of tests)
      if (!(await isAbsentPartner(task, test, data))) folders.push(toAnswersFolder(run, test));
  return folders.every((folder) => existsSync(join(folder, endings.done)));
}

/** The benchmarks that a user names, else those that are downloaded. */
function chooseDataFolder(dataDir: string | null, env: Env): DataFolder {
  const { SEEDLING_DATA } = env;
  const root = dataDir ?? (SEEDLING_DATA ? resolvePath(SEEDLING_DATA, env) : null);
  if (root === null) return { kind: "benchmark", root: projectFolders.benchmarks, download: true };
  if (!isFolder(root))
    throw new FlagError(`${dataDir === null ? "SEEDLING_DATA" : "--data-dir"}: no folder ${root}`);
  const kind = existsSync(join(root, sampleMarker)) ? "sample" : "benchmark";
  return { kind, root, download: false };
}

function getSample(): DataFolder {
  return { kind: "sample", root: projectFolders.sample, download: false };
}

/** Runs on the bundled sample. @throws FlagError where a task has none */
async function playSample(rows: readonly PlannedRow[], request: Request): Promise<Run[]> {
  const tasks = [...new Set(rows.map(({ task }) => task))];
  const own = tasks.filter((task) => task.own).map(({ name }) => name);
  if (own.length > 0)
    throw new FlagError(
      `no sample is bundled for a task of your own (${own.join(", ")}): ${howToAsk}`,
    );
  const recordings = await findRecordings(projectFolders.recordings);
  const known = [...new Set(recordings.map(({ task }) => task))];
  const missing = tasks.filter(({ name }) => !known.includes(name)).map(({ name }) => name);
  if (missing.length > 0)
    throw new FlagError(
      `no sample is bundled for ${missing.join(", ")} (there is one for ${known.join(", ")}): ${howToAsk}`,
    );
  const fitting = yieldToRecording(request);
  return rows.map((row) => toRecordedRun(row, fitting, getSample(), recordings));
}

/** The data that recordings were made on. @throws FlagError if that is not one kind, or not the user's */
function chooseReplayedData(
  recordings: readonly Recording[],
  rows: readonly PlannedRow[],
  dataDir: string | null,
  env: Env,
): DataFolder {
  const tasks = rows.filter(({ task }) => !task.own).map(({ task }) => task.name);
  const kinds = new Set(
    recordings.flatMap(({ task, data }) => (tasks.includes(task) && data !== "own" ? [data] : [])),
  );
  if (kinds.size > 1)
    throw new FlagError(
      "--replay: expected recordings made on one kind of data, got sample and benchmark",
    );
  const [kind] = kinds;
  if (kind === "sample" && dataDir === null) return getSample();
  const folder = chooseDataFolder(dataDir, env);
  if (kind === undefined || folder.kind === kind) return folder;
  throw new FlagError(
    `--data-dir or SEEDLING_DATA: the recording was made on the ${kind}, but ${folder.root} holds the ${folder.kind}`,
  );
}

/** Completes a run with a recording's values instead of the defaults. @throws FlagError if none fits what was given */
function toRecordedRun(
  row: PlannedRow,
  request: Request,
  data: DataFolder,
  recordings: readonly Recording[],
): Run {
  const run = toRun(row, request, data);
  if (!sources[row.source].asksModel) return run;
  const recording = chooseRecording(row, request, recordings);
  const { exampleSeed, creationSeed, examples, ...values } = recording.values;
  const kind = recording.folder.startsWith(projectFolders.recordings) ? "sample" : "replay";
  return {
    ...run,
    seeds: { ...row.seeds, example: exampleSeed, creation: creationSeed },
    flags: { ...run.flags, ...values, examples: run.flags.examples ?? examples },
    completions: { kind, model: values.model, recording },
  };
}

function chooseRecording(
  { task, source, seeds }: PlannedRow,
  request: Request,
  all: readonly Recording[],
): Recording {
  const named = all.filter((one) => one.task === task.name && one.setting === source);
  const candidates = named.filter(({ mark }) => mark === (task.fingerprint ?? null));
  const conflicts = candidates.map((one) => findConflict(request, seeds, one));
  const fitting = candidates[conflicts.indexOf(null)];
  if (fitting) return fitting;
  const other =
    named.length > 0
      ? "; those that are there were made with another example, options or instruction"
      : "";
  const how = request.flags.replay === null ? `: ${howToAsk}` : "";
  throw new FlagError(
    conflicts[0] ?? `no recording of ${task.name} with --setting ${source}${other}${how}`,
  );
}
