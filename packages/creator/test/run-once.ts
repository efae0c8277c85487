import { join } from "node:path";
import type { CreationManifest } from "@seedling/core/internal";
import {
  type OpenaiServer,
  openOpenaiServer,
  type ServerOptions,
  tempFolder,
} from "@seedling/testing";
import { onTestFinished } from "vitest";
import { copyBenchmarks, findCreation, readText, runCreator } from "./run-creator.ts";

/** A server that is closed at the test's end. */
export async function serve(options: ServerOptions = {}): Promise<OpenaiServer> {
  const server = await openOpenaiServer(options);
  onTestFinished(() => server.close());
  return server;
}

/** A user's folder with data, and the creator run in it. */
export function settle() {
  const cwd = tempFolder();
  copyBenchmarks(cwd);
  const results = join(cwd, "results");
  const base = ["--data", "boolq", "--data-dir", "data", "--results", "results"];
  const toArgs = (line: string) => [...base, ...line.split(" ")];
  const from = (url: string) => ({ cwd, env: { OPENAI_BASE_URL: url } });
  return { cwd, results, toArgs, from };
}

/** Creates once. @returns what was said, and what stands in its creation's folder */
export async function createOnce(line: string, options: ServerOptions = {}, run = runCreator) {
  const { results, toArgs, from } = settle();
  const server = await serve(options);
  const ended = await run(toArgs(line), from(server.url));
  const creation = findCreation(results);
  return { ...ended, server, creation };
}

/** The records of a creation's file. */
export const readLines = (creation: string, name: string) =>
  readText(creation, name)
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));

/** A creation's manifest. */
export const readManifest = (creation: string, name = "manifest.json") =>
  JSON.parse(readText(creation, name)) as CreationManifest;
