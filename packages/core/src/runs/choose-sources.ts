import { existsSync } from "node:fs";
import { join } from "node:path";
import { allSettings, type Source, sources } from "../data/sources.ts";
import type { Task } from "../data/tasks.ts";
import type { Request } from "../flags/command-line.ts";
import { toOption } from "../flags/flags.ts";
import { FlagError } from "../messages/errors.ts";

/** What the classifiers are trained on: `--setting`'s sources, or the file of `--created`. */
export function chooseSources({ flags, given }: Request): readonly Source[] {
  if (flags.created !== null) {
    for (const other of ["setting", "replay"] as const)
      if (given.has(other))
        throw new FlagError(
          `--created brings the examples to train on: expected no ${toOption(other)} beside it`,
        );
    return ["file"];
  }
  const named = flags.setting.filter((setting) => setting !== "all");
  const all = flags.setting.includes("all") ? allSettings : [];
  const chosen: Source[] = [...new Set([...all, ...named])];
  if (flags.addHuman !== null && !chosen.some((name) => sources[name].takesHumanRows))
    throw new FlagError(
      "--add-human mixes human examples into created ones: expected another --setting than human or direct alone",
    );
  return chosen;
}

/**
 * Keeps the sources that a task has the files for. An own task without a train split has no
 * `human` row: an error where the row was asked for by name.
 */
export function keepPossibleSources(
  task: Task,
  chosen: readonly Source[],
  { flags }: Request,
  log: (line: string) => void,
): readonly Source[] {
  const path = join(task.folder ?? "", "train.jsonl");
  if (!task.own || existsSync(path)) return chosen;
  if (flags.addHuman !== null)
    throw new FlagError(`--add-human: expected the train split of ${task.name} at ${path}`);
  if (!chosen.some((name) => sources[name].isHuman)) return chosen;
  if (!flags.setting.includes("all"))
    throw new FlagError(`--setting human: expected the train split of ${task.name} at ${path}`);
  log(`${task.name} has no train.jsonl: no human row`);
  return chosen.filter((source) => !sources[source].isHuman);
}
