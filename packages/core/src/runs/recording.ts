import { createHash } from "node:crypto";
import { join, posix } from "node:path";
import { z } from "zod";
import { createdSettings } from "../data/sources.ts";
import type { Request } from "../flags/command-line.ts";
import { createFlags, mostExamples } from "../flags/create-flags.ts";
import { formatFlagValue } from "../flags/flag.ts";
import {
  type Flag,
  type FlagName,
  type Flags,
  findUsual,
  flagNames,
  flagTable,
  isReadBy,
  toOption,
} from "../flags/flags.ts";
import { sha256 } from "../logs/files.ts";
import { walkInside } from "../logs/folders.ts";
import { decodeJson } from "../logs/json.ts";
import { linesInside } from "../logs/lines.ts";
import { readInside } from "../logs/open-inside.ts";
import { isFolder } from "../logs/paths.ts";
import { ExpectedError, FlagError } from "../messages/errors.ts";

/**
 * The files of a recording; a creation's folder holds the same. Where no example is shown (`direct`),
 * the example's is empty. It is not there where the example is a benchmark's row that may not be passed on: it is
 * drawn from the train split again, and has to have the hash that the flags name.
 */
export const recordingFiles = {
  flags: "flags.json",
  example: "example.jsonl",
  journal: "journal.jsonl",
} as const;

/** A flag whose value a recording fixes. The formatting example is a file of its own; fewer examples may be replayed. */
type RecordedName = Exclude<keyof typeof createFlags, "example" | "examples">;

const recordedNames = flagNames.filter(
  (name): name is RecordedName => name in createFlags && name !== "example" && name !== "examples",
);

/** The targets, of which less than was recorded may be replayed. */
const targets = ["examples", "tokens"] as const;

/** The values that a recording fixes: seeds, and all flags that shape a creation. */
export type RecordedValues = Pick<Flags, RecordedName> & {
  exampleSeed: number;
  creationSeed: number;
  model: string;
  examples: number;
};

/** Parses a flag's recorded value. One that is left out came later: it was as every earlier version did. */
function parseValue(name: RecordedName, value: unknown): unknown {
  const { type, initial }: Flag<unknown> = flagTable[name];
  if (value === undefined) return findUsual(name);
  if (value === null && initial !== null) throw new RangeError(`expected a value of ${name}`);
  if (value === null) return null;
  const parsed = type.parse(formatFlagValue(value));
  if (!isSame(parsed, value)) throw new RangeError(`expected the value of ${name}, got its text`);
  return parsed;
}

const seed = z.int().min(0);

const valuesSchema = z
  .looseObject({
    exampleSeed: seed,
    creationSeed: seed,
    examples: z.int().min(0).max(mostExamples),
    model: z.string(),
  })
  .transform(({ exampleSeed, creationSeed, examples, ...values }): RecordedValues => {
    const entries = recordedNames.map((name) => [name, parseValue(name, values[name])]);
    return { exampleSeed, creationSeed, examples, ...Object.fromEntries(entries) };
  });

const recordedSchema = z.object({
  version: z.literal(1),
  task: z.string(),
  setting: z.enum([...createdSettings, "pool", "direct"]),
  data: z.enum(["benchmark", "sample", "own"]),
  /** An own task's fingerprint: another folder of its name is not answered. */
  mark: z.string().nullable().default(null),
  /** SHA-256 of the example's file, in place of it. */
  exampleSha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
  /** The wording of the instruction, whatever `--instruction` was. */
  instructionText: z.string(),
  values: valuesSchema,
});

/** The contents of `flags.json`: everything that shaped a creation's requests and what was kept. */
export type Recorded = z.infer<typeof recordedSchema>;

/** A recording that can be replayed. */
export interface Recording extends Recorded {
  folder: string;
  /** The time of its last reply, ISO 8601. */
  date: string;
  /** Over its files. */
  hash: string;
}

/**
 * Finds the recordings in a folder and in those below it, by path.
 * @param log says what is a link or no file, and passed over
 * @throws ExpectedError for a recording that cannot be read
 */
export async function findRecordings(
  folder: string,
  log = (_: string) => {},
): Promise<Recording[]> {
  if (!isFolder(folder)) throw new FlagError(`--replay: no folder ${folder}`);
  const files = new Set(walkInside(folder, ({ why }) => log(`passed over: ${why}`)));
  const { flags, journal, example } = recordingFiles;
  const folders = [...files]
    .filter((file) => posix.basename(file) === flags)
    .map((file) => posix.dirname(file))
    .filter((one) => files.has(posix.join(one, journal)));
  // Name by name: a separator comes before all other signs.
  const toKey = (path: string) => path.replaceAll("/", "\0");
  folders.sort((one, other) => (toKey(one) < toKey(other) ? -1 : 1));
  return folders.flatMap(
    (one) => readRecording(join(folder, one), files.has(posix.join(one, example))) ?? [],
  );
}

/** @returns null where there is neither the example nor its hash */
function readRecording(folder: string, hasExample: boolean): Recording | null {
  const flags = readInside(join(folder, recordingFiles.flags));
  const recorded = parseRecorded(flags.toString("utf8"), join(folder, recordingFiles.flags));
  const example = hasExample
    ? sha256(readInside(join(folder, recordingFiles.example)))
    : recorded.exampleSha256;
  if (example === undefined) return null;
  const journal = createHash("sha256");
  let date: string | undefined;
  const path = join(folder, recordingFiles.journal);
  for (const { bytes } of linesInside(path, (piece) => journal.update(piece)))
    date = /"at":"(\d{4}-[^"]{4,40})"/.exec(bytes.toString("utf8"))?.[1] ?? date;
  if (!date) throw new ExpectedError(`${folder}: expected replies in ${recordingFiles.journal}`);
  const hashes = [sha256(flags), example, journal.digest("hex")];
  return { ...recorded, folder, date, hash: sha256(hashes.join()) };
}

/** Parses a recording's flags. @param path for the error */
export function parseRecorded(text: string, path: string): Recorded {
  try {
    return recordedSchema.parse(decodeJson(text));
  } catch {
    throw new ExpectedError(`${path}: expected the flags of a creation, version 1`);
  }
}

/** Collects the values that a recording holds. @param examples how many are created */
export function recordValues(
  flags: Flags,
  seeds: { example: number; creation: number },
  examples: number,
): Omit<RecordedValues, "model"> {
  const entries = recordedNames.map((name) => [name, flags[name]]);
  return {
    exampleSeed: seeds.example,
    creationSeed: seeds.creation,
    examples,
    ...Object.fromEntries(entries),
  };
}

/**
 * The first thing a user gave that contradicts the recording, or null. Fewer examples or tokens than were
 * recorded are no contradiction: they are the same creation, stopped earlier.
 */
export function findConflict(
  { flags, given }: Request,
  seeds: { example: number; creation: number },
  { values, folder, setting }: Recording,
): string | null {
  const contradicts = (what: string, recorded: string) =>
    `${what} contradicts the recording in ${folder} (${recorded})`;
  const { exampleSeed: _, creationSeed: __, ...shaping } = values;
  const isRead = (name: FlagName) =>
    [flags, { ...flags, ...shaping }].some((one) => isReadBy(name, setting, one));
  for (const name of recordedNames)
    if (
      name !== "tokens" &&
      given.has(name) &&
      flags[name] !== "auto" &&
      isRead(name) &&
      !isSame(flags[name], values[name])
    )
      return contradicts(`${toOption(name)} ${flags[name]}`, `${values[name]}`);
  for (const name of targets) {
    const [wanted, recorded] = [flags[name], values[name]];
    if (wanted !== null && isReadBy(name, setting, flags) && wanted > (recorded ?? wanted))
      return contradicts(`${toOption(name)} ${wanted}`, `${recorded}`);
  }
  if (flags.example !== null && isReadBy("example", setting, flags))
    return contradicts("--example", "it has its own");
  for (const [kind, name] of [
    ["example", "exampleSeed"],
    ["creation", "creationSeed"],
  ] as const)
    if ((given.has("seed") || given.has(name)) && seeds[kind] !== values[name])
      return contradicts(
        `seed ${seeds[kind]}`,
        `${toOption(name)} ${values[name]}; --train-seed varies the training alone`,
      );
  return null;
}

/**
 * A request in which all that a recording fixes and only an experiment's file names gives way to the
 * recording's own values. What the command line itself gives stays, and must fit.
 */
export function yieldToRecording({ flags, given, typed, ...request }: Request): Request {
  const fixed: readonly FlagName[] = [...recordedNames, "seed", "exampleSeed", "creationSeed"];
  return {
    ...request,
    flags: {
      ...flags,
      examples: typed.has("examples") ? flags.examples : null,
      tokens: typed.has("tokens") ? flags.tokens : null,
    },
    given: new Set([...given].filter((name) => typed.has(name) || !fixed.includes(name))),
    typed,
  };
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
