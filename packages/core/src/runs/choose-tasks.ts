import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { readOwnTask, taskFiles } from "../data/own-task.ts";
import { findTask, type Task, tasks } from "../data/tasks.ts";
import { type Env, looksLikePath, resolvePath } from "../logs/paths.ts";
import { FlagError, toMessage } from "../messages/errors.ts";

/** What finding tasks needs from outside. */
export interface TasksDependencies {
  env: Env;
  log: (line: string) => void;
}

/** The tasks of `--data`: names, folders of the user's own, or `all` ten. */
export async function chooseTasks(
  names: string[] | null,
  deps: TasksDependencies,
): Promise<Task[]> {
  if (names === null) throw new FlagError(`--data: expected tasks: ${listTasks("--data")}`);
  const chosen = new Map<string, Task>();
  for (const name of names) {
    if (name === "all") continue;
    const isOwn = looksLikePath(name);
    const task = isOwn ? await toOwnTask(name, deps) : toTask(name, "--data", deps);
    chosen.set(task.folder ?? task.name, task);
  }
  const named = [...chosen.values()];
  return names.includes("all") ? [...tasks, ...named.filter(({ own }) => own)] : named;
}

async function toOwnTask(given: string, { env, log }: TasksDependencies): Promise<Task> {
  const folder = resolvePath(given, env);
  try {
    const task = await readOwnTask(folder);
    return { ...task, partners: task.partners.map((name) => toPartnerName(name, folder, log)) };
  } catch (error) {
    if (error instanceof FlagError) throw new FlagError(`--data ${given}: ${toMessage(error)}`);
    throw error;
  }
}

/** A benchmark's full name, or a folder as it is written. */
function toPartnerName(name: string, folder: string, log: TasksDependencies["log"]): string {
  const found = looksLikePath(name) ? null : findTask(name);
  if (found?.log) log(found.log);
  if (found) return found.task.name;
  if (existsSync(join(toPartnerFolder(name, folder), "test.jsonl"))) return name;
  throw new FlagError(
    `${join(folder, taskFiles.task)}: partners: expected ${listTasks("--test-on")}, got ${JSON.stringify(name)}`,
  );
}

/** A partner's folder: a relative path is meant from the task's own. */
export function toPartnerFolder(name: string, folder: string): string {
  return name.startsWith("~") ? resolvePath(name, {}) : resolve(folder, name);
}

/** What a flag takes besides benchmarks. */
const besides = {
  "--data": "all, or a folder of your own such as ./my-task",
  "--test-on": "a folder with a test.jsonl",
} as const;

/** The task of a name. @throws FlagError listing those there are */
export function toTask(name: string, flag: keyof typeof besides, { log }: TasksDependencies): Task {
  const found = findTask(name);
  if (!found)
    throw new FlagError(`${flag}: expected ${listTasks(flag)}, got ${JSON.stringify(name)}`);
  if (found.log) log(found.log);
  return found.task;
}

function listTasks(flag: keyof typeof besides): string {
  return `one of ${tasks.map(({ name }) => name).join(", ")}, or ${besides[flag]}`;
}
