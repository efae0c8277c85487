/** Checks of a created example that are off unless `--reject` names them. */
export const rejectable = [
  "truncated",
  "repeated-options",
  "near-duplicate",
  "contaminated",
] as const;

/** Checks that are on unless `--allow` names them. */
export const allowable = [
  "refusal",
  "wrong-number-of-options",
  "options-differ",
  "copy-of-the-formatting-example",
  "duplicate",
] as const;

/** One that is off by default. */
export type Rejectable = (typeof rejectable)[number];

/** One that is on by default. */
export type Allowable = (typeof allowable)[number];
