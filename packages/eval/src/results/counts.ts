import { createHash } from "node:crypto";
import {
  ExpectedError,
  parseLine,
  renderJson,
  shortenModelName,
  shortenPath,
  textLinesInside,
} from "@seedling/core/internal";
import { z } from "zod";
import { evaluationManifestSchema } from "./evaluation-manifest.ts";
import type { Results } from "./results.ts";

// Evaluations by item without a text of any item: what may be published where the test files may not, and what two
// results folders are compared by.

/** The file of them, beside the tables. */
export const countsFile = "counts.jsonl";

const lineSchema = z
  .object({
    /** `evaluations/<task>/<source>/<id>/<test set>`. */
    path: z.string(),
    /** Its manifest, but for paths of the machine. */
    manifest: evaluationManifestSchema.omit({ items: true, outputs: true }),
    /** What its classifier was trained on and with; null where nothing was trained, or that is not known. */
    training: z
      .object({
        backend: z.string(),
        /** SHA-256 of the examples, and of the encoder's files where these lay in a folder. */
        examples: z.string().nullable(),
        encoder: z.string().nullable(),
      })
      .nullable(),
    /** A sign for each item, in the test file's order: 1 right, 0 wrong. */
    right: z.string().regex(/^[01]+$/),
    /** Two hex digits for each item: those that the SHA-256 of the answer's text begins with. */
    answers: z.string().regex(/^([0-9a-f]{2})+$/),
    /** Rows of items whose two best options are nearly equal. */
    nearTies: z.array(z.int().nonnegative()),
  })
  .refine(
    ({ manifest: { test }, right, answers, nearTies }) =>
      right.length === test.n &&
      right.replaceAll("0", "").length === test.correct &&
      answers.length === 2 * test.n &&
      nearTies.every((row) => row < test.n),
    "expected the counts of test.n items, test.correct of them right",
  );

type CountsLine = z.infer<typeof lineSchema>;

/** An evaluation by item, one entry an item. */
export interface CountedRun extends Pick<CountsLine, "path" | "manifest" | "training"> {
  /** 1 right, 0 wrong. */
  right: Uint8Array;
  /** The first byte of the answer's SHA-256: equal answers have equal ones, others seldom. */
  answers: Uint8Array;
  /** 1: rounding may decide between its two best options. */
  nearTie: Uint8Array;
}

/** Counts the evaluations of results by item, in their order. */
export function countItemsOf({ evaluations, trainings }: Results): CountedRun[] {
  const firstBytes = new Map<string, number>();
  const toByte = (text: string): number => {
    const known = firstBytes.get(text);
    if (known !== undefined) return known;
    const byte = createHash("sha256").update(text).digest()[0] ?? 0;
    firstBytes.set(text, byte);
    return byte;
  };
  const byPath = new Map(trainings.map(({ path, manifest }) => [path, manifest]));
  return evaluations.map(({ path, manifest, items, training }) => {
    const { items: _, outputs: __, taskFolder: ___, ...rest } = manifest;
    const { file: ____, ...test } = rest.test;
    const trained = byPath.get(training ?? "");
    return {
      path,
      manifest: {
        ...rest,
        completions: rest.completions && {
          ...rest.completions,
          model: shortenModelName(rest.completions.model),
        },
        student: { ...rest.student, encoder: shortenPath(rest.student.encoder) },
        conditions: shortenPaths(rest.conditions),
        test,
      },
      training: trained
        ? {
            backend: trained.backend,
            examples: trained.inputs.train ?? null,
            encoder: trained.inputs.encoder ?? null,
          }
        : null,
      right: items.right,
      answers: Uint8Array.from(items.predicted, toByte),
      nearTie: items.nearTie,
    };
  });
}

function shortenPaths<T>(values: Record<string, T>): Record<string, T> {
  const shorten = (value: T) => (typeof value === "string" ? (shortenPath(value) as T) : value);
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, shorten(value)]));
}

/** An evaluation by item as its line of the file. */
export function toCountsLine({ right, answers, nearTie, ...run }: CountedRun): CountsLine {
  return {
    ...run,
    right: right.join(""),
    answers: Buffer.from(answers).toString("hex"),
    nearTies: [...nearTie.keys()].filter((row) => nearTie[row] === 1),
  };
}

/** Reads the file of evaluations by item. @throws ExpectedError with the line that is none */
export function readCounts(path: string): CountedRun[] {
  const runs: CountedRun[] = [];
  for (const { line, number } of textLinesInside(path)) {
    const where = `${path}:${number}`;
    const { data, error } = lineSchema.safeParse(parseLine(line, where), { reportInput: true });
    const [issue] = error?.issues ?? [];
    if (!data)
      throw new ExpectedError(
        `${where}: expected an evaluation by item: ${[issue?.path.join("."), issue?.message].filter(Boolean).join(": ")}, got ${renderJson(issue?.input)}`,
      );
    const { right, answers, nearTies, ...run } = data;
    const nearTie = new Uint8Array(right.length);
    for (const row of nearTies) nearTie[row] = 1;
    runs.push({
      ...run,
      right: Uint8Array.from(right, Number),
      answers: Uint8Array.from(Buffer.from(answers, "hex")),
      nearTie,
    });
  }
  return runs;
}
