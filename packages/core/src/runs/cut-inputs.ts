import type { Form } from "../data/form.ts";
import { sources } from "../data/sources.ts";
import type { Flags } from "../flags/flags.ts";
import type { Run } from "./run.ts";

/** What tells nothing of a form of example, and why; null: it does. */
const idle: Record<Flags["input"], (form: Form) => string | null> = {
  full: () => null,
  options: ({ options }) => (options === "fixed" ? "its options are the same everywhere" : null),
  question: ({ context }) => (context ? null : "it has no context to leave out"),
};

/**
 * Leaves out the runs that `--input` tells nothing of, with a line for each task: where a control would
 * see what every run sees, or nothing at all, its row would only mislead.
 */
export function withoutIdleCuts(runs: readonly Run[], log: (line: string) => void): Run[] {
  const lines = new Set<string>();
  const left = runs.filter(({ task, source, flags }) => {
    const why = sources[source].trains ? idle[flags.input](task) : null;
    if (why !== null) lines.add(`--input ${flags.input}: ${task.name} is left out, ${why}`);
    return why === null;
  });
  for (const line of lines) log(line);
  return left;
}
