import { existsSync } from "node:fs";
import { join, posix } from "node:path";
import { z } from "zod";
import { type DataFolder, isAbsentPartner, sampleMarker } from "../data/benchmark.ts";
import { isCreated, sources } from "../data/sources.ts";
import type { Task } from "../data/tasks.ts";
import type { Request } from "../flags/command-line.ts";
import { toOption } from "../flags/flags.ts";
import { walkInside } from "../logs/folders.ts";
import { readInside } from "../logs/open-inside.ts";
import { type Env, isFolder, projectFolders, resolvePath } from "../logs/paths.ts";
import { ExpectedError, FlagError } from "../messages/errors.ts";
import { findLiveModel, findOnlyModel, type LiveModel, readEndpoint } from "./live-model.ts";
import { endings, parseManifest } from "./manifest.ts";
import { findConflict, findRecordings, type Recording, yieldToRecording } from "./recording.ts";
import { completionsSchema } from "./reply-manifests.ts";
import { type Run, toAnswersFolder, toCreationFolder, toRunName } from "./run.ts";
import { keepsCreatedLabels, renderKeptLabels, resolveDefaults } from "./task-defaults.ts";

/** The number of examples created for an own task without `--examples`. */
export const ownTarget = 500;

/** A run before it is known which data it takes and who answers its requests. */
export type PlannedRow = Pick<Run, "task" | "source" | "tests" | "seeds">;

export interface CompletionsDependencies {
  env: Env;
  fetch: typeof fetch;
  log: (line: string) => void;
}

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
    const recordings = await findRecordings(flags.replay, log);
    const names = rows.map(({ task }) => task.name);
    const isOnSample = recordings.some((one) => one.data === "sample" && names.includes(one.task));
    const data =
      isOnSample && flags.dataDir === null ? sample : chooseDataFolder(flags.dataDir, env);
    const replayed = request.typed.has("replay")
      ? rows
      : rows.filter((row) => isRecorded(row, recordings, log));
    return replayed.map((row) => toRecordedRun(row, request, data, recordings));
  }
  const data = chooseDataFolder(flags.dataDir, env);
  const toLive = (model: LiveModel) => {
    const runs = rows.map((row) => toLiveRun(row, request, data, model));
    const kept = flags.relabel === "auto" ? runs.filter(keepsCreatedLabels).length : 0;
    if (kept > 0) log(renderKeptLabels(kept));
    return runs;
  };
  const nobody = { model: flags.model ?? "", endpoint: null, file: null };
  const asking = toLive(nobody).filter(({ completions }) => completions !== null);
  if (asking.length === 0) return toLive(nobody);
  const endpoint = readEndpoint(env);
  const named = findLiveModel(flags.model, endpoint, env);
  if (named?.endpoint || named?.file) {
    checkModelFile(request, named);
    return toLive(named);
  }
  const models = flags.model === null ? listPastModels(flags.results) : [flags.model];
  const finished = new Map<Run, string[]>();
  for (const run of asking) {
    const askedOf = (model: string) => toLiveRun(run, request, data, { ...nobody, model });
    finished.set(run, await findFinishers(askedOf, run, models));
  }
  const common = models.filter((model) => [...finished.values()].every((by) => by.includes(model)));
  const [only, ...others] = common;
  if (only !== undefined && others.length === 0) {
    log(`all of it is finished already, by ${only}; --model asks another model`);
    return toLive({ model: only, endpoint, file: null });
  }
  if (endpoint)
    return toLive({
      model: await findOnlyModel(endpoint, { fetch, log, maxWait: flags.maxWait * 60_000 }),
      endpoint,
      file: null,
    });
  try {
    if (common.length > 1)
      throw new FlagError(
        `--model: expected one of ${common.join(", ")}, by each of which all of it is finished`,
      );
    checkSampleIsMeant(finished, flags.dataDir, env);
    return await playSample(rows, request);
  } catch (error) {
    if (flags.dryRun && error instanceof FlagError) return toLive(nobody);
    throw error;
  }
}

/**
 * @param finished runs that ask a language model, and the models that have finished what they ask for
 * @throws FlagError where the bundled sample would replace a model's results, or the user's own data
 */
function checkSampleIsMeant(
  finished: ReadonlyMap<Run, string[]>,
  dataDir: string | null,
  env: Env,
): void {
  const instead = `there is no language model to ask: ${howToAsk}, or --sample for the bundled sample`;
  const [done, [model = ""] = []] = [...finished].find(([, by]) => by.length > 0) ?? [];
  const [open] = [...finished].find(([, by]) => !by.includes(model)) ?? [];
  if (done && open)
    throw new FlagError(
      `${toRunName(done)} is finished by ${model}, ${toRunName(open)} is not, and ${instead}`,
    );
  const named = dataDir !== null ? "--data-dir" : env.SEEDLING_DATA ? "SEEDLING_DATA" : null;
  if (named) throw new FlagError(`${named} names benchmarks, but ${instead}`);
}

/** A run of a source that asks nobody, or asks a live model. */
function toLiveRun(row: PlannedRow, request: Request, data: DataFolder, live: LiveModel): Run {
  const run = toRun(row, request, data);
  if (!sources[row.source].asksModel) return resolveDefaults(run);
  const { isPool } = sources[row.source];
  const isSized = isPool || (run.flags.tokens !== null && isCreated(row.source));
  const examples = run.flags.examples ?? (row.task.own && !isSized ? ownTarget : null);
  const sizes = isPool ? { examples: null, tokens: null } : { examples };
  const flags = { ...run.flags, model: live.model || null, ...sizes };
  return resolveDefaults({ ...run, flags, completions: { kind: "live", ...live } });
}

/** A run whose defaults are not resolved. */
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

/** The live models by whose replies results were made. */
function listPastModels(results: string): string[] {
  const models = ["creations", "answers"].flatMap((kind) => {
    const folder = join(results, kind);
    return walkInside(folder)
      .filter((file) => posix.basename(file) === endings.done)
      .flatMap((file) => readManifestText(join(folder, file)))
      .map((text) => parseManifest(text, finishedSchema))
      .flatMap((manifest) => ("value" in manifest ? [manifest.value.completions] : []))
      .flatMap(({ kind, model }) => (kind === "live" ? [model] : []));
  });
  return [...new Set(models)];
}

/** None where it cannot be read: the tables name what is left out. */
function readManifestText(path: string): string[] {
  try {
    return [readInside(path).toString("utf8")];
  } catch (error) {
    if (error instanceof ExpectedError) return [];
    throw error;
  }
}

/** Chooses the models that have finished what a run asks for, with all its other flags the same. */
async function findFinishers(
  askedOf: (model: string) => Run,
  { task, source, tests, data }: Run,
  models: readonly string[],
): Promise<string[]> {
  const answered: Task[] = [];
  if (!sources[source].trains)
    for (const test of tests) if (!(await isAbsentPartner(task, test, data))) answered.push(test);
  return models.filter((model) => {
    const asked = askedOf(model);
    const folders = sources[source].trains
      ? [toCreationFolder(asked)]
      : answered.map((test) => toAnswersFolder(asked, test));
    return folders.every((folder) => existsSync(join(folder, endings.done)));
  });
}

function chooseDataFolder(dataDir: string | null, env: Env): DataFolder {
  const { SEEDLING_DATA } = env;
  const root = dataDir ?? (SEEDLING_DATA ? resolvePath(SEEDLING_DATA, env) : null);
  if (root === null) return { kind: "benchmark", root: projectFolders.benchmarks, download: true };
  if (!isFolder(root))
    throw new FlagError(`${dataDir === null ? "SEEDLING_DATA" : "--data-dir"}: no folder ${root}`);
  const kind = existsSync(join(root, sampleMarker)) ? "sample" : "benchmark";
  return { kind, root, download: false };
}

const sample: DataFolder = { kind: "sample", root: projectFolders.sample, download: false };

/** Runs on the bundled sample. @throws FlagError where a task has none */
async function playSample(rows: readonly PlannedRow[], request: Request): Promise<Run[]> {
  const tasks = [...new Set(rows.map(({ task }) => task))];
  // The published packages have none.
  const bundled = projectFolders.recordings;
  const recordings = isFolder(bundled) ? await findRecordings(bundled) : [];
  const known = [...new Set(recordings.map(({ task }) => task))];
  const missing = tasks.filter(({ name }) => !known.includes(name)).map(({ name }) => name);
  const others = known.length > 0 ? ` (there is one for ${known.join(", ")})` : "";
  if (missing.length > 0)
    throw new FlagError(`no sample is bundled for ${missing.join(", ")}${others}: ${howToAsk}`);
  const fitting = yieldToRecording(request);
  return rows.map((row) => toRecordedRun(row, fitting, sample, recordings));
}

/** Whether a row of an experiment that names recordings has one, or needs none. @param log says that it is left out */
function isRecorded(
  { task, source }: PlannedRow,
  recordings: readonly Recording[],
  log: (line: string) => void,
): boolean {
  const isThere =
    !sources[source].asksModel ||
    recordings.some((one) => one.task === task.name && one.setting === source);
  if (!isThere) log(`${task.name} ${source} is left out: no recording of it`);
  return isThere;
}

/** Completes a run with a recording's values instead of the defaults. @throws FlagError if none fits what was given */
function toRecordedRun(
  row: PlannedRow,
  request: Request,
  data: DataFolder,
  recordings: readonly Recording[],
): Run {
  const run = toRun(row, request, data);
  if (!sources[row.source].asksModel) return resolveDefaults(run);
  const recording = chooseRecording(row, request, data, recordings);
  const { exampleSeed, creationSeed, examples, tokens, ...values } = recording.values;
  const kind = recording.folder.startsWith(projectFolders.recordings) ? "sample" : "replay";
  return resolveDefaults({
    ...run,
    seeds: { ...row.seeds, example: exampleSeed, creation: creationSeed },
    flags: {
      ...run.flags,
      ...values,
      examples: run.flags.examples ?? examples,
      tokens: run.flags.tokens ?? tokens,
    },
    completions: { kind, model: values.model, recording },
  });
}

function chooseRecording(
  { task, source, seeds }: PlannedRow,
  request: Request,
  data: DataFolder,
  all: readonly Recording[],
): Recording {
  const named = all.filter((one) => one.task === task.name && one.setting === source);
  const candidates = named.filter(({ mark }) => mark === (task.fingerprint ?? null));
  const conflicts = candidates.map((one) =>
    one.data === "own" || one.data === data.kind
      ? findConflict(request, seeds, one)
      : `--data-dir or SEEDLING_DATA: the recording was made on the ${one.data}, but ${data.root} holds the ${data.kind}`,
  );
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
