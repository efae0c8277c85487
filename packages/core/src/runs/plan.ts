import { existsSync } from "node:fs";
import { join } from "node:path";
import { isCreated, type Source, sources } from "../data/settings.ts";
import { findTask, formats, type Task, taskNamed, tasks } from "../data/tasks.ts";
import { FlagError } from "../errors.ts";
import type { Request } from "../flags/command-line.ts";
import type { Flags } from "../flags/flags.ts";
import { looksLikePath, places, toPath } from "../flags/paths.ts";
import { withPaths } from "../flags/with-paths.ts";
import { chooseOrigin, type Origin, type OriginOutside } from "./origin.ts";
import { findContradiction, type Recording } from "./recording.ts";
import type { Completions, Run, Seeds } from "./runs.ts";

/** What planning needs from outside. */
export interface PlanOutside extends OriginOutside {
  notice: (line: string) => void;
}

/**
 * The runs that a command line asks for: tasks x sources x seeds, each with its data and its
 * language model.
 * @throws FlagError before anything is started
 */
export async function planRuns(asked: Request, outside: PlanOutside): Promise<Run[]> {
  const request = { ...asked, flags: withPaths(asked, outside.env) };
  const { flags } = request;
  const chosen = toTasks(flags.data, outside.notice);
  if (flags.example !== null && chosen.length > 1)
    throw new FlagError("--example: expected one task in --data, since an example is one task's");
  const further = (flags.testOn ?? []).map((name) => toTestTask(name, outside));
  const settings = flags.setting.includes("all") ? sources : (flags.setting as Source[]);
  const origin = await chooseOrigin(request, chosen, settings, outside);
  return chosen.flatMap((task) => {
    const tests = toTests(task, further);
    return settings.flatMap((source) =>
      toSeeds(flags).map((seeds) => toRun({ task, source, tests, seeds }, request, origin)),
    );
  });
}

type Row = Pick<Run, "task" | "source" | "tests" | "seeds">;

function toRun(row: Row, { flags, given }: Request, origin: Origin): Run {
  const run: Run = { ...row, flags, data: origin.data, completions: null };
  if (!isCreated(row.source) || origin.kind === "nobody") return run;
  if (origin.kind === "live") {
    const { model, endpoint } = origin;
    return { ...run, flags: { ...flags, model }, completions: { kind: "live", model, endpoint } };
  }
  const recording = chooseRecording(row, { flags, given }, origin.recordings);
  const { exampleSeed, creationSeed, ...values } = recording.values;
  const seeds = { ...row.seeds, example: exampleSeed, creation: creationSeed };
  const examples = flags.examples ?? values.examples;
  const kind = recording.folder.startsWith(places.recordings) ? "sample" : "replay";
  const completions: Completions = { kind, model: values.model, recording };
  return { ...run, seeds, flags: { ...flags, ...values, examples }, completions };
}

function chooseRecording({ task, source, seeds }: Row, request: Request, all: Recording[]) {
  const candidates = all.filter((one) => one.task === task.name && one.setting === source);
  const contradictions = candidates.map((one) => findContradiction(request, seeds, one));
  const fitting = candidates[contradictions.indexOf(null)];
  if (fitting) return fitting;
  throw new FlagError(contradictions[0] ?? `no recording of ${task.name} with --setting ${source}`);
}

/** Seeds crossed where a list is given for each alone; `--seed` moves the three together. */
function toSeeds({ seed, exampleSeed, creationSeed, trainSeed }: Flags): Seeds[] {
  return seed.flatMap((all) =>
    (exampleSeed ?? [all]).flatMap((example) =>
      (creationSeed ?? [all]).flatMap((creation) =>
        (trainSeed ?? [all]).map((train) => ({ example, creation, train })),
      ),
    ),
  );
}

function toTasks(names: string[] | null, notice: (line: string) => void): Task[] {
  if (names === null) throw new FlagError(`--data: expected tasks: ${listTasks("--data")}`);
  const named = names.filter((name) => name !== "all");
  const chosen = new Set(named.map((name) => toTask(name, "--data", notice)));
  return names.includes("all") ? [...tasks] : [...chosen];
}

/** What a flag takes besides tasks. */
const besides = { "--data": "all", "--test-on": "a folder with a test.jsonl" } as const;

function toTask(name: string, flag: keyof typeof besides, notice: (line: string) => void): Task {
  const found = findTask(name);
  if (!found)
    throw new FlagError(`${flag}: expected ${listTasks(flag)}, got ${JSON.stringify(name)}`);
  if (found.notice) notice(found.notice);
  return found.task;
}

function listTasks(flag: keyof typeof besides): string {
  return `one of ${tasks.map(({ name }) => name).join(", ")}, or ${besides[flag]}`;
}

/** A test set that the user adds: a task, or a folder, whose format is that of the task trained on. */
type FurtherTest = Task | { name: string; folder: string };

function toTestTask(name: string, { env, notice }: PlanOutside): FurtherTest {
  const folder = toPath(name, env);
  if (!looksLikePath(name) && (findTask(name) || !existsSync(folder)))
    return toTask(name, "--test-on", notice);
  if (existsSync(join(folder, "test.jsonl"))) return { name, folder };
  throw new FlagError(`--test-on: expected a task or a folder with a test.jsonl, got ${name}`);
}

/** In-domain, the partners of Table 4, then what `--test-on` adds. */
function toTests(task: Task, further: readonly FurtherTest[]): Task[] {
  const { format } = task;
  const added = further.map((one): Task => ({ format, trainSize: null, partners: [], ...one }));
  for (const test of added)
    if (formats[test.format].options !== formats[format].options)
      throw new FlagError(
        `--test-on ${test.name}: a classifier of ${task.name} cannot answer it (${test.format} against ${format})`,
      );
  const tests = [task, ...task.partners.map(taskNamed), ...added];
  const names = tests.map(({ name, folder }) => folder ?? name);
  return tests.filter((_, i) => names.indexOf(names[i] as string) === i);
}
