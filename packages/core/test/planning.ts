import { parseCommandLine, type Request } from "../src/flags/command-line.ts";
import type { Env } from "../src/flags/paths.ts";
import { planExperiment } from "../src/runs/plan-experiment.ts";
import type { Run } from "../src/runs/runs.ts";

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
  notices?: string[];
}

/** The runs of a command line, in a world that has no network unless the test gives it one. */
export async function plan(line: string, around: Surroundings = {}): Promise<Run[]> {
  const { env = {}, fetch = noNetwork, notices = [] } = around;
  return planExperiment(
    { requests: [await ask(line)] },
    { env, fetch, notice: (said) => notices.push(said) },
  );
}

const noNetwork: typeof fetch = async (url) => {
  throw new Error(`this test has no network, but ${url} was asked`);
};
