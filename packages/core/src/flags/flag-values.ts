import { z } from "zod";

/** Reads a flag's text; zod's issue names what was expected. */
export type FlagType<T> = z.ZodType<T, string>;

/** A value as a flag's text. */
export function formatFlagValue(value: unknown): string {
  return Array.isArray(value) ? value.join(",") : String(value);
}

/** A whole number from `least` on. */
export function whole(least: number): FlagType<number> {
  const expected = `a whole number from ${least} on`;
  return z
    .string()
    .regex(/^\d+$/, `expected ${expected}`)
    .transform(Number)
    .refine((n) => n >= least && Number.isSafeInteger(n), `expected ${expected}`);
}

/** A number between two bounds, `above` itself left out where it is given. */
export function numberBetween(
  least: number,
  most: number,
  { above = false } = {},
): FlagType<number> {
  const expected = `expected a number ${above ? "above" : "from"} ${least}, ${most} at most`;
  return z
    .string()
    .trim()
    .min(1, expected)
    .transform(Number)
    .refine((n) => (above ? n > least : n >= least) && n <= most, expected);
}

/** A choice of a few words. */
export function choice<const T extends string>(...words: T[]): FlagType<T> {
  const expected = `expected ${words.join(" or ")}`;
  return z.string().transform((text, context) => {
    const word = words.find((candidate) => candidate === text);
    if (word !== undefined) return word;
    context.addIssue({ code: "custom", message: expected });
    return z.NEVER;
  });
}

/** A text that is not empty. */
export const text: FlagType<string> = z.string().min(1, "expected a value");

/** Values with commas between them, each read by `item`, none twice. */
export function list<T>(item: FlagType<T>): FlagType<T[]> {
  return z.string().transform((all, context) => {
    const values = new Set<T>();
    for (const part of all.split(",").map((p) => p.trim())) {
      const parsed = item.safeParse(part);
      if (parsed.success) values.add(parsed.data);
      else
        context.addIssue({
          code: "custom",
          message: parsed.error.issues[0]?.message ?? "expected a list",
        });
    }
    return [...values];
  });
}

/** A part of so many, from 1. */
export interface Shard {
  index: number;
  of: number;
}

/** A part such as `2/5`, the second of five. */
export const shard: FlagType<Shard> = z.string().transform((given, context) => {
  const [index = 0, of = 0] = /^\d+\/\d+$/.test(given) ? given.split("/").map(Number) : [];
  if (index >= 1 && index <= of && of <= 10_000) return { index, of };
  context.addIssue({ code: "custom", message: "expected a part i/n such as 2/5, i from 1 to n" });
  return z.NEVER;
});

/** Prices of tokens, in USD per million. */
export interface Prices {
  input: number;
  output: number;
}

/** Two prices with a comma between them, such as `0.2,1.25`. */
export const price: FlagType<Prices> = z.string().transform((given, context) => {
  const [input, output, ...more] = given
    .split(",")
    .map((part) => Number(part.trim() || Number.NaN));
  if (more.length === 0 && isPrice(input) && isPrice(output)) return { input, output };
  context.addIssue({ code: "custom", message: "expected two prices from 0 on, such as 0.2,1.25" });
  return z.NEVER;
});

function isPrice(value: number | undefined): value is number {
  return value !== undefined && value >= 0 && value < 1e6;
}
