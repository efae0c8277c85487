import { ExpectedError, FlagError } from "../messages/errors.ts";
import type { Columns } from "./columns.ts";
import { type Example, renderTexts } from "./example.ts";
import { explainForms } from "./label-forms.ts";
import type { Descriptions } from "./label-names.ts";

/** The form of a task's examples, by which prompts, candidates and heads are built. */
export interface Form {
  /** fixed: every example has the same options; varying: its own. */
  options: "fixed" | "varying";
  optionCount: number;
  /** The texts of fixed options, in the order of a classifier's classes; null: they vary. */
  labels: readonly string[] | null;
  context: boolean;
}

/** A form in words, such as `2 options ["True", "False"] and a context`. */
export function renderForm({ optionCount, labels, context }: Form): string {
  const texts = labels ? ` ${renderTexts(labels)}` : "";
  return `${optionCount} options${texts}${context ? " and a context" : ""}`;
}

/** Whether an example is of a form. Fixed options may stand in any order. */
export function isOfForm({ options, context }: Example, form: Form): boolean {
  if (options.length !== form.optionCount || (form.context && context === null)) return false;
  return form.labels === null || haveSameTexts(form.labels, options);
}

/**
 * Checks that the example that a user gives is of a form.
 * @param why that form is expected, in words
 * @throws FlagError, with the code points in which an option differs
 */
export function checkForm(example: Example, form: Form, where: string, why: string): void {
  const { options } = example;
  if (isOfForm(example, form)) return;
  throw new FlagError(
    `${where}: expected ${renderForm(form)} ${why}, got ${renderTexts(options)}${explainForms(options, form.labels ?? [])}`,
  );
}

/**
 * Checks that an example has the labels of its task as options, in any order.
 * @throws ExpectedError with file and line, and the code points in which an option differs
 */
export function checkOptions({ options }: Example, task: Task, where: string): void {
  const { labels, name } = task;
  if (!labels || haveSameTexts(labels, options)) return;
  throw new ExpectedError(
    `${where}: expected the options ${renderTexts(labels)} of ${name}, got ${renderTexts(options)}${explainForms(options, labels)}`,
  );
}

/** Whether a classifier of one form can answer another's examples: each has the same labels, or none. */
export function canAnswer({ labels }: Form, other: Form): boolean {
  if (labels === null || other.labels === null) return labels === other.labels;
  return haveSameTexts(labels, other.labels);
}

/** Whether two lists are as long, and all of one stand in the other: there may be 100,000. */
export function haveSameTexts(one: readonly string[], other: readonly string[]): boolean {
  const texts = new Set(other);
  return one.length === other.length && one.every((text) => texts.has(text));
}

/** The groups of tasks in the original. */
export type Format = "mcqa_2" | "mcqa_5" | "yesno_open" | "yesno_close";

const choice = { options: "varying", labels: null, context: false } as const;
const yesNo = { options: "fixed", optionCount: 2, labels: ["True", "False"] } as const;

export const formats: Record<Format, Form> = {
  mcqa_2: { ...choice, optionCount: 2 },
  mcqa_5: { ...choice, optionCount: 5 },
  yesno_open: { ...yesNo, context: true },
  yesno_close: { ...yesNo, context: false },
};

export type Split = "train" | "dev" | "test";

/** A benchmark, a task of the user's own, or a folder with a test split. */
export interface Task extends Form {
  /** Full name such as `yesno_open/boolq`; an own task's name has no slash; a test folder's is its path as given. */
  name: string;
  /** Examples in the human train split (paper, Table 2); null for a folder. */
  trainSize: number | null;
  /**
   * Names of the tasks that a classifier of this task is tested on, cross-domain; an own task's may
   * be folders, as its task.json gives them.
   */
  partners: readonly string[];
  /** The absolute path of a user's folder. */
  folder?: string;
  /** The columns of a folder's files, where the user names them. */
  columns?: Columns | null;
  /** Tells a folder's results from those of another folder of its name. */
  fingerprint?: string;
  /** Facts that only a user's own task has. */
  own?: {
    /** The formatting examples, and the file that they stand in; none: one is drawn from the train split. */
    examples: readonly Example[];
    examplePath: string | null;
    /** A description of the task, put before our wording; null: none. */
    instruction: string | null;
    descriptions: Descriptions;
  };
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
  return { name, ...formats[name.split("/")[0] as Format], trainSize, partners };
}

/**
 * The task a user means by a full name or by a short one. Bare `boolq` stands for two benchmarks
 * and means `yesno_open/boolq`, the first of the table.
 * @param log prints that a name stands for several
 * @returns null where there is none
 */
export function findTask(name: string, log: (line: string) => void = () => {}): Task | null {
  const full = tasks.find((task) => task.name === name);
  if (full) return full;
  const [first, ...others] = tasks.filter((task) => toShortName(task.name) === name);
  if (!first) return null;
  const rest = others.map((task) => task.name).join(", ");
  if (rest) log(`${name} means ${first.name} here (not ${rest})`);
  return first;
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
  return name.replace(/[^\w.-]+/g, "-").replace(/^[-.]+/, "") || "task";
}
