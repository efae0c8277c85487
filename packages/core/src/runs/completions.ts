import { existsSync } from "node:fs";
import { join } from "node:path";
import { type DataFolder, sampleMarker } from "../data/benchmark.ts";
import { type Source, sources } from "../data/sources.ts";
import type { Task } from "../data/tasks.ts";
import type { Request } from "../flags/command-line.ts";
import { toOption } from "../flags/flags.ts";
import { type Env, isFolder, projectFolders, resolvePath } from "../logs/paths.ts";
import { FlagError } from "../messages/errors.ts";
import { chooseLiveModel, type LiveModel } from "./live-model.ts";
import { findRecordings, type Recording } from "./recording.ts";

/** Which data an invocation takes and who answers its requests. */
export type Origin = { data: DataFolder } & (
  | { kind: "nobody" }
  | ({ kind: "live" } & LiveModel)
  | { kind: "replay" | "sample"; recordings: Recording[] }
);

/** What choosing needs from outside. */
export interface OriginDependencies {
  env: Env;
  fetch: typeof fetch;
}

/**
 * Chooses data and model so that nobody is surprised: a key, a server or a model file means the real
 * benchmark and that model; without any, created data come from the bundled sample and its recording,
 * and `human` alone from the real benchmark.
 * @throws FlagError saying what to set
 */
export async function chooseOrigin(
  { flags, given }: Request,
  tasks: readonly Task[],
  settings: readonly Source[],
  { env, fetch }: OriginDependencies,
): Promise<Origin> {
  const asked = settings.some((name) => sources[name].asksModel);
  if (flags.sample) {
    for (const other of ["replay", "dataDir"] as const)
      if (given.has(other))
        throw new FlagError(
          `--sample brings its own data and replies: expected no ${toOption(other)} beside it`,
        );
    return openSample(tasks);
  }
  if (flags.replay !== null) {
    const recordings = await findRecordings(flags.replay);
    return {
      kind: "replay",
      recordings,
      data: toReplayedData(recordings, tasks, flags.dataDir, env),
    };
  }
  const data = toBenchmark(flags.dataDir, env);
  if (!asked) return { kind: "nobody", data };
  const live = await chooseLiveModel(flags.model, { env, fetch });
  if (live) return { kind: "live", ...live, data };
  if (given.has("dataDir"))
    throw new FlagError(
      `--data-dir names benchmarks, but there is no language model to ask: ${howToAsk}`,
    );
  return openSample(tasks);
}

/** What to set so that a language model is there to ask. */
export const howToAsk =
  "set OPENAI_API_KEY, or OPENAI_BASE_URL for a server of your own, or give --model FILE.gguf or --replay DIR";

function toBenchmark(dataDir: string | null, env: Env): DataFolder {
  const root = dataDir ?? (env.SEEDLING_DATA ? resolvePath(env.SEEDLING_DATA, env) : null);
  if (root === null) return { kind: "benchmark", root: projectFolders.benchmarks, download: true };
  if (!isFolder(root)) throw new FlagError(`--data-dir: no folder ${root}`);
  const kind = existsSync(join(root, sampleMarker)) ? "sample" : "benchmark";
  return { kind, root, download: false };
}

const samplePlace: DataFolder = { kind: "sample", root: projectFolders.sample, download: false };

async function openSample(tasks: readonly Task[]): Promise<Origin> {
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
  return { kind: "sample", recordings, data: samplePlace };
}

function toReplayedData(
  recordings: readonly Recording[],
  tasks: readonly Task[],
  dataDir: string | null,
  env: Env,
): DataFolder {
  const names = tasks.filter((task) => !task.own).map(({ name }) => name);
  const kinds = new Set(
    recordings
      .filter(({ task }) => names.includes(task))
      .flatMap(({ data }) => (data === "own" ? [] : [data])),
  );
  if (kinds.size > 1)
    throw new FlagError(
      "--replay: expected recordings made on one kind of data, got sample and benchmark",
    );
  const [kind] = kinds;
  if (kind === "sample" && dataDir === null) return samplePlace;
  const place = toBenchmark(dataDir, env);
  if (kind === undefined || place.kind === kind) return place;
  throw new FlagError(
    `--data-dir or SEEDLING_DATA: the recording was made on the ${kind}, but ${place.root} holds the ${place.kind}`,
  );
}
