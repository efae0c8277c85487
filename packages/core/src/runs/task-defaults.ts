import { parseShares } from "../data/shares.ts";
import { sources } from "../data/sources.ts";
import { type FlagName, type Flags, findInitial, findUsual, isReadBy } from "../flags/flags.ts";
import { FlagError } from "../messages/errors.ts";
import type { Run } from "./run.ts";

/**
 * Chooses the default of a flag for a run of a user's own task, in the order in which they are resolved: each
 * function reads the flags before it resolved. Benchmarks have what every version did.
 */
const ownDefaults: { readonly [Name in FlagName]?: (run: Run) => Flags[Name] } = {
  relabel: () => "off",
  classWeights: ({ task }) => (task.options === "fixed" ? "balanced" : "none"),
};

/**
 * Resolves the defaults that depend on a run's task and source. A value that was given stays.
 * @throws FlagError if a given value does not go with the task
 */
export function resolveDefaults(run: Run): Run {
  const { task, source } = run;
  const flags: Flags = { ...run.flags };
  const resolve = <Name extends FlagName>(name: Name) => {
    const own = ownDefaults[name];
    if (!own || JSON.stringify(flags[name]) !== JSON.stringify(findInitial(name))) return;
    const isOwn = task.own !== undefined && isReadBy(name, source, flags);
    flags[name] = isOwn ? own({ ...run, flags }) : (findUsual(name) as Flags[Name]);
  };
  for (const name of Object.keys(ownDefaults) as FlagName[]) resolve(name);
  const resolved = { ...run, flags };
  checkTogether(resolved);
  return resolved;
}

function checkTogether(run: Run): void {
  const { task, source, flags } = run;
  if (!sources[source].trains) return;
  if (flags.shares !== null && task.labels === null)
    throw new FlagError(
      `--shares: expected labels that are the same for every example, which those of ${task.name} are not`,
    );
  if (flags.shares !== null) parseShares(flags.shares, task.labels ?? []);
  if (flags.classWeights === "balanced" && task.options !== "fixed")
    throw new FlagError(
      `--class-weights balanced: expected labels that are the same for every example, which those of ${task.name} are not; leave --class-weights out`,
    );
}
