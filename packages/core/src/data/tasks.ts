/** How a task's examples look, as the original groups them. */
export type Format = "mcqa_2" | "mcqa_5" | "yesno_open" | "yesno_close";

/** What a format means for prompts, candidates and heads. */
export interface FormatFacts {
  /** fixed: every example has the formatting example's options; varying: its own. */
  options: "fixed" | "varying";
  /** Options of an example. */
  optionCount: number;
}

/** What every format means. */
export const formats: Record<Format, FormatFacts> = {
  mcqa_2: { options: "varying", optionCount: 2 },
  mcqa_5: { options: "varying", optionCount: 5 },
  yesno_open: { options: "fixed", optionCount: 2 },
  yesno_close: { options: "fixed", optionCount: 2 },
};

/** A split of a task. */
export type Split = "train" | "dev" | "test";

/** A benchmark, or a folder with a test split of the user's own. */
export interface Task {
  /** Full name such as `yesno_open/boolq`; for a folder, its path as given. */
  name: string;
  format: Format;
  /** Examples in the human train split (paper, Table 2); for a folder, none. */
  trainSize: number | null;
  /** Full names of the tasks that a classifier of this task is tested on, cross-domain. */
  partners: readonly string[];
  /** The absolute path of a user's folder. */
  folder?: string;
}

/**
 * The ten benchmarks. Partners are Table 4's pairs with their probable labels (the printed
 * BioASQ/PubMedQA labels look swapped); closed BoolQ has none.
 */
export const tasks: readonly Task[] = [
  benchmark("mcqa_2/piqa", 14113, ["mcqa_2/winogrande"]),
  benchmark("mcqa_2/winogrande", 160, ["mcqa_2/piqa"]),
  benchmark("mcqa_5/csqa", 8500, ["mcqa_5/riddle_sense"]),
  benchmark("mcqa_5/riddle_sense", 3510, ["mcqa_5/csqa"]),
  benchmark("yesno_open/boolq", 9427, ["yesno_open/pubmedqa"]),
  benchmark("yesno_open/pubmedqa", 450, ["yesno_open/boolq", "yesno_open/bioasq"]),
  benchmark("yesno_open/bioasq", 670, ["yesno_open/pubmedqa"]),
  benchmark("yesno_close/boolq", 9427, []),
  benchmark("yesno_close/strategyqa", 2061, ["yesno_close/creak"]),
  benchmark("yesno_close/creak", 10176, ["yesno_close/strategyqa"]),
];

function benchmark(name: string, trainSize: number, partners: string[]): Task {
  return { name, format: name.split("/")[0] as Format, trainSize, partners };
}

/** A name found in the task table, with what to tell the user if it was ambiguous. */
export interface FoundTask {
  task: Task;
  notice?: string;
}

/**
 * The task a user means by a full name or by a short one. Bare `boolq` stands for two benchmarks
 * and means `yesno_open/boolq`, the first of the table.
 * @returns null where there is none
 */
export function findTask(name: string): FoundTask | null {
  const full = tasks.find((task) => task.name === name);
  if (full) return { task: full };
  const matches = tasks.filter((task) => toShortName(task.name) === name);
  const [first, ...others] = matches;
  if (!first) return null;
  if (others.length === 0) return { task: first };
  const rest = others.map((task) => task.name).join(", ");
  return { task: first, notice: `${name} means ${first.name} here (not ${rest})` };
}

/** The task of a full name that the table itself gives. */
export function taskNamed(name: string): Task {
  const task = tasks.find((candidate) => candidate.name === name);
  if (!task) throw new RangeError(`no task ${name}`);
  return task;
}

/** `yesno_open/boolq` -> `boolq`. */
export function toShortName(name: string): string {
  return name.split("/").at(-1) ?? name;
}

/** A name that can be a folder's: `yesno_open/boolq` -> `yesno_open-boolq`. */
export function toFolderName(name: string): string {
  return name.replace(/[^\w.-]+/g, "-").replace(/^[-.]+/, "");
}
