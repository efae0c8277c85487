import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Columns } from "../data/columns.ts";
import { logFolder } from "../data/folder-notes.ts";
import { readOwnTask } from "../data/own-task.ts";
import { findSplitFile } from "../data/split-files.ts";
import { taskFiles } from "../data/task-file.ts";
import { canAnswer, findTask, renderForm, type Task, taskNamed, tasks } from "../data/tasks.ts";
import { sha256 } from "../logs/files.ts";
import { type Env, looksLikePath, projectFolders, resolvePath } from "../logs/paths.ts";
import { ExpectedError, FlagError } from "../messages/errors.ts";

interface TasksDependencies {
  env: Env;
  log: (line: string) => void;
}

/** What else a command line says of the folders of own tasks. */
interface FolderFlags {
  /** The columns of their files; null: those that they name themselves, or the usual ones. */
  columns: Columns | null;
  /** Files that are used for something else than a split. */
  used: readonly (string | null)[];
}

/** Finds the tasks of `--data`: names, folders of the user's own or of the bundled sample, or `all` ten. */
export async function chooseTasks(
  names: string[] | null,
  folders: FolderFlags,
  deps: TasksDependencies,
) {
  if (names === null) throw new FlagError(`--data: expected tasks: ${listTasks("--data")}`);
  const chosen = new Map<string, Task>();
  for (const name of names) {
    if (name === "all") continue;
    const isBundled = existsSync(join(projectFolders.sample, name, taskFiles.task));
    const folder = isBundled ? join(projectFolders.sample, name) : name;
    const task = looksLikePath(folder)
      ? await loadOwnTask(folder, folders, deps)
      : getTask(name, "--data", deps);
    chosen.set(task.folder ?? task.name, task);
  }
  const named = [...chosen.values()];
  return names.includes("all") ? [...tasks, ...named.filter(({ own }) => own)] : named;
}

async function loadOwnTask(
  given: string,
  { columns, used }: FolderFlags,
  { env, log }: TasksDependencies,
): Promise<Task> {
  const folder = resolvePath(given, env);
  try {
    const task = await readOwnTask(folder, columns);
    const partners = task.partners.map((name) => checkPartner(name, folder, log));
    await logFolder(task, folder, used, log);
    return { ...task, partners };
  } catch (error) {
    if (error instanceof ExpectedError) throw new FlagError(`--data ${given}: ${error.message}`);
    throw error;
  }
}

/** @returns a benchmark's full name, or a folder as it is written */
function checkPartner(name: string, folder: string, log: TasksDependencies["log"]): string {
  const task = looksLikePath(name) ? null : findTask(name, log);
  if (task) return task.name;
  if (findSplitFile(resolvePartner(name, folder), "test") !== null) return name;
  throw new FlagError(
    `${join(folder, taskFiles.task)}: partners: expected ${listTasks("--test-on")}, got ${JSON.stringify(name)}`,
  );
}

/** A partner's folder: a relative path is meant from the task's own. */
function resolvePartner(name: string, folder: string): string {
  return name.startsWith("~") ? resolvePath(name, {}) : resolve(folder, name);
}

const alsoTaken = {
  "--data": "the bundled banking, all, or a folder of your own such as ./my-task",
  "--test-on": "a folder with a test split",
} as const;

/** @throws FlagError listing the tasks there are */
function getTask(name: string, flag: keyof typeof alsoTaken, { log }: TasksDependencies): Task {
  const task = findTask(name, log);
  if (task) return task;
  throw new FlagError(`${flag}: expected ${listTasks(flag)}, got ${JSON.stringify(name)}`);
}

function listTasks(flag: keyof typeof alsoTaken): string {
  return `one of ${tasks.map(({ name }) => name).join(", ")}, or ${alsoTaken[flag]}`;
}

/** A test set that the user adds: a task, or a folder, whose form is that of the task trained on. */
type FurtherTest = Pick<Task, "name"> & Partial<Task>;

export function chooseFurtherTests(names: string[] | null, deps: TasksDependencies): FurtherTest[] {
  return (names ?? []).map((name) => {
    const folder = resolvePath(name, deps.env);
    if (!looksLikePath(name) && (findTask(name) || !existsSync(folder)))
      return getTask(name, "--test-on", deps);
    if (findSplitFile(folder, "test") !== null)
      return { name, folder, fingerprint: hashPath(folder) };
    throw new FlagError(`--test-on: expected a task or a folder with a test split, got ${name}`);
  });
}

function hashPath(path: string): string {
  return sha256(path).slice(0, 8);
}

/**
 * Lists a task's test sets: in-domain (an own task may have no test split), its partners, and those added.
 * @throws FlagError if a classifier of the task cannot answer one of them
 */
export function listTests(task: Task, further: readonly FurtherTest[]): Task[] {
  const { folder = "" } = task;
  const inDomain = task.own && findSplitFile(folder, "test") === null ? [] : [task];
  const partners = task.partners.map((name) => findPartner(name, task));
  const added = further.map((test) => withForm(test, task));
  for (const [where, tests] of [
    [`${join(folder, taskFiles.task)}: partner`, partners],
    ["--test-on", added],
  ] as const)
    for (const test of tests)
      if (!canAnswer(task, test))
        throw new FlagError(
          `${where} ${test.name}: a classifier of ${task.name} cannot answer it (${renderForm(test)} against ${renderForm(task)})`,
        );
  const tests = [...inDomain, ...partners, ...added];
  const keys = tests.map((test) => test.folder ?? test.name);
  return tests.filter((_, i) => keys.indexOf(keys[i] as string) === i);
}

function findPartner(name: string, task: Task): Task {
  if (task.folder === undefined || tasks.some((known) => known.name === name))
    return taskNamed(name);
  const folder = resolvePartner(name, task.folder);
  // By the name as written: a task and its partner may move together.
  return withForm({ name, folder, fingerprint: hashPath(name) }, task);
}

function withForm(test: FurtherTest, task: Task): Task {
  const { options, optionCount, labels, context, columns } = task;
  const form = { options, optionCount, labels, context };
  return { ...form, ...(columns && { columns }), trainSize: null, partners: [], ...test };
}
