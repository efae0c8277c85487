import { cpSync, existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { projectFolders, runEntry } from "@seedling/core/internal";
import { findEntry, runProgram, startScript } from "@seedling/testing";
import { createCreatorStage } from "../src/run/creator-stage.ts";
import { judgeByQuestion } from "./judge-by-question.ts";

/** A frozen encoder that is opened at once. */
export const smallEncoder = join(
  import.meta.dirname,
  "../../trainer/test/fixtures/encoders/bge-small",
);

/** The stage, with a classifier that needs no encoder. */
export const creatorStage = createCreatorStage(async () => ({
  refit: judgeByQuestion,
  judge: async (_, others) => (await judgeByQuestion(others)).confidence,
  close: async () => {},
}));

/** How a process of the creator ended. */
export interface Ended {
  /** null where a signal ended it. */
  code: number | null;
  out: string;
  err: string;
}

/** A process of the creator. */
export interface Child {
  kill: (signal: NodeJS.Signals) => void;
  ended: Promise<Ended>;
}

/** What the creator is started with beside its flags. */
export interface Surroundings {
  /** Added to an environment that names no server, no key, no proxy and no data. */
  env?: Record<string, string>;
  /** The folder that the user is in. */
  cwd: string;
  /** Of a process: blocks of 512 bytes that a file may have. */
  fileBlocks?: number;
}

/** Starts the real `experiment` script of the creator, as turbo does, with a clean environment. */
export function startCreator(
  args: readonly string[],
  { env = {}, cwd, ...limits }: Surroundings,
): Child {
  const { child, ended } = startScript(findEntry("creator"), args, {
    ...limits,
    env: { TURBO_INVOCATION_DIR: cwd, ...env },
  });
  return { kill: (signal) => child.kill(signal), ended };
}

/** Runs the stage to its end in this process. */
export function runCreator(
  args: readonly string[],
  { env = {}, cwd }: Surroundings,
): Promise<Ended> {
  return runProgram((io) => runEntry(creatorStage, io), args, {
    env: { TURBO_INVOCATION_DIR: cwd, ...env },
    cwd,
    fetch: globalThis.fetch,
  });
}

/** A copy of the bundled sample that counts as a benchmark of the user's. */
export function copyBenchmarks(folder: string): string {
  const data = join(folder, "data");
  cpSync(projectFolders.sample, data, { recursive: true });
  rmSync(join(data, "SAMPLE.md"));
  return data;
}

/** The only creation's folder below a results folder. */
export function findCreation(results: string): string {
  const [folder, ...others] = findCreations(results);
  if (folder === undefined || others.length > 0)
    throw new Error(`expected one creation in ${results}, got ${others.length + 1}`);
  return folder;
}

/** The creations' folders below a results folder, by path. */
export function findCreations(results: string): string[] {
  return listFiles(results)
    .filter((path) => path.endsWith("/example.jsonl"))
    .map((path) => path.slice(0, -"/example.jsonl".length))
    .sort();
}

/** All files below a folder, by path; none if it is not there. */
export function listFiles(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name));
}

/** The keys of a creation's journal, whole lines only. */
export function readKeys(creation: string): string[] {
  const path = join(creation, "journal.jsonl");
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, "utf8").split("\n").slice(0, -1);
  return lines.map((line) => (JSON.parse(line) as { key: string }).key);
}

/** A file of a creation as text. */
export function readText(creation: string, name: string): string {
  return readFileSync(join(creation, name), "utf8");
}
