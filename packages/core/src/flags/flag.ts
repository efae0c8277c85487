import { z } from "zod";
import { type Columns, columnsSchema } from "../data/columns.ts";
import type { Source } from "../data/sources.ts";

/** Reads a flag's text; its description names a value in the help, and zod's issue what was expected. */
export type FlagType<T> = z.ZodType<T>;

export function formatFlagValue(value: unknown): string {
  return Array.isArray(value) ? value.join(",") : String(value);
}

/** @param most undefined: what sizes nothing */
export function whole(
  least: number,
  most = Number.MAX_SAFE_INTEGER,
  expected = `expected a whole number from ${least} on`,
): FlagType<number> {
  return z
    .string()
    .regex(/^\d+$/, expected)
    .transform(Number)
    .refine((n) => n >= least && Number.isSafeInteger(n), expected)
    .refine((n) => n <= most, `expected a whole number up to ${most}`)
    .describe("<n>");
}

/** A type that reads 0 as its word `off`. */
export function orOff<T>(type: FlagType<T>): FlagType<T> {
  const { description = "" } = type;
  return z.preprocess((given) => (given === "0" ? "off" : given), type).describe(description);
}

/** A whole number, or a word that stands for one. */
export function wholeOr<const Word extends string>(
  least: number,
  most: number,
  ...words: Word[]
): FlagType<number | Word> {
  const expected = `expected a whole number from ${least} on, or ${words.join(" or ")}`;
  return z.union([z.enum(words), whole(least, most, expected)], expected).describe("<n>");
}

export function numberBetween(least: number, most: number): FlagType<number> {
  return number(`from ${least}`, (n) => n >= least, most);
}

export function positive(most: number): FlagType<number> {
  return number("above 0", (n) => n > 0, most);
}

function number(from: string, isEnough: (n: number) => boolean, most: number): FlagType<number> {
  const expected = `expected a number ${from}, ${most} at most`;
  return (
    z
      .string()
      .trim()
      .min(1, expected)
      .transform(Number)
      // Aborting, so that a choice between this and words names both.
      .refine((n) => isEnough(n) && n <= most, { error: expected, abort: true })
      .describe("<x>")
  );
}

export function choice<const T extends string>(...words: T[]): FlagType<T> {
  return z.enum(words, `expected ${words.join(" or ")}`).describe("<which>");
}

/** One of several words, or a value of another type. @param expected that value in words */
export function choiceOr<T, const Word extends string>(
  other: FlagType<T>,
  expected: string,
  ...words: Word[]
): FlagType<T | Word> {
  return z
    .union([z.enum(words), other], `expected ${words.join(" or ")}, or ${expected}`)
    .describe("<which>");
}

export const text: FlagType<string> = z.string().min(1, "expected a value").describe("<name>");

/** A text put before others; an empty one is a value, too. */
export const prompt: FlagType<string> = z.string().describe("<text>");

/** Texts that name a file, a folder or a model. */
export const file = text.describe("<file>");
export const folder = text.describe("<dir>");
export const model = text.describe("<model>");

/** Values with commas between them, each read by `item`, none twice. */
export function list<T>(item: FlagType<T>): FlagType<T[]> {
  return z
    .string()
    .transform((all) => all.split(",").map((part) => part.trim()))
    .pipe(z.array(item) as z.ZodType<T[], string[]>)
    .transform((values) => [...new Set(values)])
    .describe(item.description?.replace(">", ",...>") ?? "<value,...>");
}

/**
 * Names and folders with commas between them, as they are given: a folder's name may hold commas, which only
 * `joinFolders` can tell.
 */
export const namesOrFolders: FlagType<string[]> = z
  .string()
  .min(1, "expected a value")
  .transform((all) => all.split(","))
  .describe("<name,...>");

const expectedColumns =
  "expected two columns, such as text,category, or each with its part: context=premise,text=hypothesis,label=gold";

/** Columns of a file: of the text and of its label, or any with the parts that stand in them. */
export const columns: FlagType<Columns> = z
  .string()
  .transform((given) => {
    const names = given.split(",").map((part) => part.trim());
    if (names.length === 2 && !names.every((name) => name.includes("=")))
      return { text: names[0], label: names[1] };
    return Object.fromEntries(names.map((name) => name.split(/=(.*)/s).slice(0, 2)));
  })
  .transform((named, context): Columns => {
    const { data } = columnsSchema.safeParse(named);
    if (data?.question !== undefined) return data;
    context.issues.push({ code: "custom", message: expectedColumns, input: named });
    return z.NEVER;
  })
  .describe("<text,label>");

/** A part such as `2/5`, the second of five. */
export const shard = z
  .string()
  .regex(/^\d+\/\d+$/, "expected a part i/n such as 2/5")
  .transform((given) => given.split("/").map(Number))
  .transform(([index = 0, of = 0]) => ({ index, of }))
  .refine(
    ({ index, of }) => index >= 1 && index <= of && of <= 10_000,
    "expected a part i/n such as 2/5, i from 1 to n",
  )
  .describe("<i/n>");

export type Shard = z.infer<typeof shard>;

/** Prices of tokens, in USD per million. */
export interface Prices {
  input: number;
  output: number;
}

/** Two prices with a comma between them, such as `0.2,1.25`. */
export const price: FlagType<Prices> = z
  .string()
  .transform((given) => given.split(",").map((part) => Number(part.trim() || Number.NaN)))
  .refine(
    (prices) => prices.length === 2 && prices.every((one) => one >= 0 && one < 1e6),
    "expected two prices from 0 on, such as 0.2,1.25",
  )
  .transform(([input = 0, output = 0]) => ({ input, output }))
  .describe("<in,out>");

/** The first stage whose result a flag changes; `none` changes no result. */
export type Changes = "create" | "train" | "evaluate" | "none";

/** A hyperparameter or other choice of the user, defined once for all stages. */
export interface Flag<T> {
  /** The value's name in the help, in square brackets if it may be left out, or null for a switch. */
  value: string | null;
  /** What a flag without its value stands for; left out: it must have one. */
  preset?: string;
  type: FlagType<T>;
  /** The default, as a user would write it; null: none. */
  initial: string | null;
  /**
   * What every version did before the default depended on the task, and does for benchmarks: it names no
   * result. Left out: the default.
   */
  usual?: string;
  changes: Changes;
  help: string;
  /** Whether a run of that source, with these flags, reads it; left out: every run does. */
  readBy?: (source: Source, flags: Readonly<Record<string, unknown>>) => boolean;
}

/** Creates the builders of a table of flags that change the result of one stage, and that the same runs read. */
export function flagsOf(changes: Changes, readBy?: Flag<unknown>["readBy"]) {
  const build = <T>(type: FlagType<T>, initial: string | null, help: string): Flag<T> => {
    const value = type.description ?? null;
    return { value, type, initial, changes, help, ...(readBy && { readBy }) };
  };
  return {
    flag: build,
    /** A flag that need not have a value. */
    optional: <T>(type: FlagType<T>, help: string) => build<T | null>(type, null, help),
    /** A flag whose default, `auto`, is resolved for each run's task (runs/task-defaults.ts). */
    byTask: <T>(type: FlagType<T>, usual: string, help: string): Flag<T> => ({
      ...build(type, "auto", help),
      usual,
    }),
    on: (help: string) => build(switchType, "false", help),
  };
}

/** A flag whose value may be left out. @param preset what it stands for then */
export function orAlone<T>(flag: Flag<T>, preset: string): Flag<T> {
  return { ...flag, value: flag.value?.replace(/<(.+)>/, "[$1]") ?? null, preset };
}

const switchType: FlagType<boolean> = z
  .enum(["true", "false"], "expected true or false")
  .transform((word) => word === "true");
