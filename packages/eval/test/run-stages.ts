import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import {
  findEntry,
  openOpenaiServer,
  type ProcessOptions,
  type ServerOptions,
  startScript,
} from "@seedling/testing";
import { onTestFinished } from "vitest";

/** The repository's folder. */
export const repository = resolve(import.meta.dirname, "../../..");

/** The stages, in the order that turbo runs them. */
export const stages = ["creator", "trainer", "eval"] as const;

/** How a process ended. */
export interface Ended {
  code: number;
  output: string;
}

/** Runs the three stages one after the other, as turbo does: a stage that fails stops those after it. */
export async function runPipeline(args: string, env: Record<string, string>): Promise<Ended> {
  let output = "";
  for (const stage of stages) {
    const ended = await runStage(stage, args, env);
    output += ended.output;
    if (ended.code !== 0) return { code: ended.code, output };
  }
  return { code: 0, output };
}

/** Runs one stage. @param args its command line; no value in these tests holds a space */
export async function runStage(
  stage: (typeof stages)[number],
  args: string,
  env: Record<string, string>,
): Promise<Ended> {
  const { OPENAI_API_KEY, OPENAI_BASE_URL, SEEDLING_DATA, ...inherited } = process.env;
  const options = { cwd: join(repository, "packages", stage), env: { ...inherited, ...env } };
  const { ended } = startScript(findEntry(stage), args.split(" "), options as ProcessOptions);
  const { code, out, err } = await ended;
  return { code: code ?? 1, output: out + err };
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

/** A results folder's artefacts by path: what must repeat byte for byte. Costs are none: servers may not count. */
export function readArtefacts(results: string): Record<string, string> {
  const isArtefact = (path: string) =>
    /\.(jsonl|safetensors|md|csv|tex)$|classifier\.json$/.test(path) &&
    !/\/cache\/|(journal|spending)\.jsonl$|table5\.\w+$/.test(path);
  const artefacts = listFiles(results).filter(isArtefact).sort();
  return Object.fromEntries(
    artefacts.map((path) => [path.slice(results.length), readFileSync(path, "latin1")]),
  );
}
