import { readdirSync, readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { runEntry, type Stage } from "@seedling/core/internal";
import { createCreatorStage } from "@seedling/creator/internal";
import {
  findEntry,
  openOpenaiServer,
  runProgram,
  type ServerOptions,
  startScript,
  tempFolder,
} from "@seedling/testing";
import { openRefit, trainerStage } from "@seedling/trainer/internal";
import { onTestFinished } from "vitest";
import { evalStage } from "../src/internal.ts";

/** The repository's folder. */
export const repository = resolve(import.meta.dirname, "../../..");

/** A frozen encoder that is opened at once. */
export const smallEncoder = join(
  import.meta.dirname,
  "../../trainer/test/fixtures/encoders/bge-small",
);

/** The stages, in the order that turbo runs them. */
const stages = { creator: createCreatorStage(openRefit), trainer: trainerStage, eval: evalStage };

type StageName = keyof typeof stages;

/** How a stage ended. */
export interface Ended {
  code: number;
  output: string;
}

/** Runs one stage to its end. */
type RunStage = (stage: StageName, args: string, env: Record<string, string>) => Promise<Ended>;

/**
 * Runs the three stages one after the other, as turbo does: a stage that fails stops those after it.
 * @param run how a stage is run: in this process, or in its own
 */
export async function runPipeline(
  args: string,
  env: Record<string, string>,
  run: RunStage = runStage,
): Promise<Ended> {
  let output = "";
  for (const stage of Object.keys(stages) as StageName[]) {
    const ended = await run(stage, args, env);
    output += ended.output;
    if (ended.code !== 0) return { code: ended.code, output };
  }
  return { code: 0, output };
}

/** Runs one stage in this process. @param args its command line; no value in these tests holds a space */
export const runStage: RunStage = async (name, args, env) => {
  const stage: Stage = stages[name];
  const { code, out, err } = await runProgram((io) => runEntry(stage, io), args, { env, fetch });
  return { code, output: out + err };
};

/** Runs one stage as a process of its own, from the bundle. */
export const startStage: RunStage = async (name, args, env) => {
  const { code, out, err } = await startScript(findEntry(name), args.split(" "), { env }).ended;
  return { code: code ?? 1, output: out + err };
};

/** A data folder with the first rows of the sample: BoolQ's train, dev and test split, and PubMedQA's test split. */
export function copySampleRows(n = 16): string {
  const sample = join(repository, "data/sample");
  const rows = listFiles(join(sample, "yesno_open")).map((path) => {
    const lines = readFileSync(path, "utf8").split("\n").slice(0, n);
    return [relative(sample, path), `${lines.join("\n")}\n`];
  });
  return tempFolder(Object.fromEntries(rows));
}

/** Opens a server for a test. @returns its base URL */
export async function openServer(options: ServerOptions = {}): Promise<string> {
  const server = await openOpenaiServer(options);
  onTestFinished(server.close);
  return server.url;
}

/** All files below a folder. */
export function listFiles(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name));
}

/** A results folder's artefacts by path: what must repeat byte for byte. Costs are none: servers may not count; counts.jsonl has manifests, with their times. */
export function readArtefacts(results: string): Record<string, string> {
  const isArtefact = (path: string) =>
    /\.(jsonl|safetensors|md|csv|tex)$|classifier\.json$/.test(path) &&
    !/\/cache\/|(journal|spending|counts)\.jsonl$|table5\.\w+$/.test(path);
  const artefacts = listFiles(results).filter(isArtefact).sort();
  return Object.fromEntries(
    artefacts.map((path) => [path.slice(results.length), readFileSync(path, "latin1")]),
  );
}
