import { bagOfWords, hashValue, isCreated } from "@seedling/core/internal";
import type { Cell } from "./cells.ts";
import { pickCreateFlags, pickTrainFlags } from "./groups.ts";
import { isSample } from "./labels.ts";

type Value = Cell["conditions"][string];

/** What makes a way of creating or choosing another one, by the flag, in the words of a row; null: that value does not. */
const words: Readonly<Record<string, (value: Value, all: Cell["conditions"]) => string | null>> = {
  minAgreement: (value) => `agreement from ${value} on`,
  relabel: (value) => (typeof value === "number" ? "relabelled from the start" : null),
  labels: (value) =>
    value === "answered" ? "relabelled" : value === "soft" ? "soft labels" : null,
  select: (value, { keep }) =>
    `${value === "random" ? "random selection" : value} ${Number((100 * Number(keep)).toPrecision(3))} %`,
  keep: () => null,
  selectEncoder: (value) => `by ${value}`,
  fraction: () => "a part",
};

/** Flags that change what is measured or how much there is, and not how it is made. */
const apart = ["tokens", "verify", "answers", "verifyModel"];

/**
 * Names a way of creating and choosing: `tree`, `tree, relabelled`, `tree, coverage 50 %`, `tree+pool`, `20 human rows repeated`;
 * null: it is none, such as a control, human data at full size, or what a person reviewed.
 */
export function nameWay({ source, conditions, train, student, test }: Cell): string | null {
  const { humanRows, input, labels, review } = conditions;
  const isOther = [input, review].some((one) => one !== undefined) || labels === "shuffled";
  if (isOther || train.human > 0 || student.encoder === bagOfWords || test.kind !== "in-domain")
    return null;
  if (humanRows !== undefined) return `${humanRows} human rows repeated`;
  if (!isCreated(source)) return null;
  const named = Object.entries(words).flatMap(([flag, render]) => {
    const value = conditions[flag];
    return value === undefined ? [] : (render(value, conditions) ?? []);
  });
  const data = conditions.pool === undefined || source === "pool" ? source : `${source}+pool`;
  return [data, ...named].join(", ");
}

/** What ways have in common that are compared on one task: the classifier, and the way of training. */
export function hashTraining(cell: Cell): string {
  const { student, dev } = cell;
  return hashValue([student.encoder, student.tune, dev.source, withoutWords(pickTrainFlags(cell))]);
}

/** What created ways have in common: besides that the creator, the tokens asked for, and other flags of creation. */
export function hashCreating(cell: Cell): string {
  const { completions, conditions } = cell;
  const flags = Object.entries(withoutWords(pickCreateFlags(cell)));
  const other = flags.filter(([name]) => !apart.includes(name));
  const made = [completions, conditions.tokens, Object.fromEntries(other), isSample(cell)];
  return hashValue([hashTraining(cell), ...made]);
}

function withoutWords(flags: Cell["conditions"]): Cell["conditions"] {
  return Object.fromEntries(Object.entries(flags).filter(([name]) => !(name in words)));
}
