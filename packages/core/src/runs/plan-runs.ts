import type { CommandLine, Request } from "../flags/command-line.ts";
import { flagTable, isReadBy, toOption } from "../flags/flags.ts";
import { FlagError } from "../messages/errors.ts";
import { toTrainingFolder } from "./identity.ts";
import { type PlanDependencies, planRuns } from "./plan.ts";
import { type Run, renderSeeds } from "./run.ts";
import { chooseShard } from "./shard.ts";

/**
 * All runs that a command line asks for, those of every grid of its experiment, each once; with
 * `--shard` this machine's part of them.
 * @throws FlagError before anything is started
 */
export async function planExperiment(
  { requests }: Pick<CommandLine, "requests">,
  deps: PlanDependencies,
): Promise<Run[]> {
  const told = new Set<string>();
  const once = (line: string) => {
    if (!told.has(line)) deps.log(line);
    told.add(line);
  };
  const runs = new Map<string, Run>();
  for (const request of requests)
    for (const run of await planRuns(request, { ...deps, log: once })) {
      const key = JSON.stringify([toTrainingFolder(run), run.tests.map(({ name }) => name)]);
      if (!runs.has(key)) runs.set(key, run);
    }
  if (runs.size === 0) throw new FlagError("expected runs, but all are left out");
  tellUnread(requests, [...runs.values()], deps.log);
  const seeds = [...runs.values()].map((run) => renderSeeds(run.seeds));
  const mixed = seeds.find((text) => text.includes("/"));
  if (mixed) deps.log(`seeds such as ${mixed}: formatting example, creation, training`);
  return chooseShard([...runs.values()], requests[0].flags.shard);
}

/** Tells of flags of the training that were given and that none of the runs reads, of whatever grid. */
function tellUnread(
  requests: readonly Request[],
  runs: readonly Run[],
  log: (line: string) => void,
): void {
  for (const name of new Set(requests.flatMap(({ given }) => [...given])))
    if (
      flagTable[name].changes === "train" &&
      !runs.some((run) => isReadBy(name, run.source, run.flags))
    )
      log(`${toOption(name)} is read by none of these runs`);
}
