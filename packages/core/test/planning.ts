import { expect } from "vitest";
import { parseCommandLine, type Request } from "../src/flags/command-line.ts";
import type { Env } from "../src/logs/paths.ts";
import { FlagError, toMessage } from "../src/messages/errors.ts";
import { planExperiment } from "../src/runs/plan-runs.ts";
import type { Run } from "../src/runs/run.ts";

/** Words of a command line; no value in these tests holds a space. */
export function toArgs(line: string): string[] {
  return line.split(" ").filter((word) => word !== "");
}

/** Parses a command line that names no experiment. */
export async function ask(line: string): Promise<Request> {
  const asked = await parseCommandLine(toArgs(line), async (name) => {
    throw new Error(`no experiment ${name} in this test`);
  });
  if (asked === null) throw new Error("expected a request, got help");
  return asked.requests[0];
}

/** What a plan may meet outside, for a test. */
export interface Surroundings {
  env?: Env;
  fetch?: typeof fetch;
  logged?: string[];
  /** Whether the rows that nobody asked for are wanted, too. */
  baselines?: boolean;
}

/** The runs of a command line, in a world that has no network unless the test gives it one. */
export async function plan(line: string, around: Surroundings = {}): Promise<Run[]> {
  const { env = {}, fetch = noNetwork, logged = [], baselines = false } = around;
  const runs = await planExperiment(
    { requests: [await ask(line)] },
    { env, fetch, log: (said) => logged.push(said) },
  );
  return runs.filter(({ isBaseline }) => baselines || !isBaseline);
}

const noNetwork: typeof fetch = async (url) => {
  throw new Error(`this test has no network, but ${url} was asked`);
};

/** Environments with OpenAI's key, and with a server of one's own. */
export const key = { OPENAI_API_KEY: "sk-secret-0123456789" };
export const server = { OPENAI_BASE_URL: "http://127.0.0.1:9/v1" };

/** The one line that refuses a command line. */
export async function refused(line: string, around: Surroundings = {}): Promise<string> {
  const error = await plan(line, around).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(FlagError);
  expect(toMessage(error)).not.toMatch(/\n/);
  return toMessage(error);
}
