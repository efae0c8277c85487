import { existsSync } from "node:fs";
import { join } from "node:path";
import { canAnswer, renderForm } from "../data/form.ts";
import { taskFiles } from "../data/own-task.ts";
import { findTask, type Task, taskNamed, tasks } from "../data/tasks.ts";
import { sha256 } from "../logs/hash.ts";
import { looksLikePath, resolvePath } from "../logs/paths.ts";
import { FlagError } from "../messages/errors.ts";
import { type TasksDependencies, toPartnerFolder, toTask } from "./choose-tasks.ts";

/** A test set that the user adds: a task, or a folder, whose form is that of the task trained on. */
export type FurtherTest = Task | TestFolder;

interface TestFolder {
  name: string;
  folder: string;
  fingerprint: string;
}

/** The test sets of `--test-on`. */
export function chooseFurtherTests(names: string[] | null, deps: TasksDependencies): FurtherTest[] {
  return (names ?? []).map((name) => {
    const folder = resolvePath(name, deps.env);
    if (!looksLikePath(name) && (findTask(name) || !existsSync(folder)))
      return toTask(name, "--test-on", deps);
    if (existsSync(join(folder, "test.jsonl")))
      return { name, folder, fingerprint: toMark(folder) };
    throw new FlagError(`--test-on: expected a task or a folder with a test.jsonl, got ${name}`);
  });
}

function toMark(path: string): string {
  return sha256(path).slice(0, 8);
}

/** In-domain (an own task may have no test split), then the task's partners, then what is added. */
export function toTests(task: Task, further: readonly FurtherTest[]): Task[] {
  const { folder = "" } = task;
  const inDomain = task.own && !existsSync(join(folder, "test.jsonl")) ? [] : [task];
  const partners = task.partners.map((name) => toPartner(name, task));
  const added = further.map((test) => toTest(test, task));
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

function toPartner(name: string, task: Task): Task {
  if (task.folder === undefined || tasks.some((known) => known.name === name))
    return taskNamed(name);
  const folder = toPartnerFolder(name, task.folder);
  // By the name as written: a task and its partner may move together.
  return toTest({ name, folder, fingerprint: toMark(name) }, task);
}

function toTest(test: FurtherTest, { options, optionCount, labels, context }: Task): Task {
  const form = { options, optionCount, labels, context };
  return { ...form, trainSize: null, partners: [], ...test };
}
