import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  createExampleParser,
  createReviewIds,
  creationFiles,
  decodeUtf8,
  type Example,
  ExpectedError,
  haveSameTexts,
  linesInside,
  openInside,
  parseLine,
  toAnswer,
  toRecord,
  tryFile,
} from "@seedling/core/internal";
import { z } from "zod";
import type { From } from "./protocol.ts";

/** An example's texts. Its label need not be among its options. */
export interface Content {
  question: string;
  context: string | null;
  options: readonly string[];
  label: string;
}

/** An example of a creation as it was made, kept or rejected. */
export interface ReviewRow {
  id: string;
  from: From;
  /** Its line, from 1. */
  number: number;
  /** null: only a part of it is known. */
  content: Content | null;
  /** The label that it was created with, where a label check decided on another; null: the same. */
  firstLabel: string | null;
  /** What is shown of one without content. */
  evidence: string;
  reason: string | null;
  depth: number | null;
  agreement: { asked: number; agreed: number; answers: readonly number[] } | null;
  notes: readonly string[];
}

const lineageSchema = z.looseObject({
  depth: z.number().optional(),
  created: z.string().optional(),
  agreement: z
    .looseObject({ asked: z.number(), agreed: z.number(), answers: z.array(z.number()) })
    .optional(),
  closeTo: z.unknown().optional(),
});

const candidateSchema = z.looseObject({
  question: z.string().min(1),
  context: z.string().nullable(),
  options: z.array(z.string()),
  answer: z.string(),
});

const rejectedSchema = z.looseObject({
  reason: z.string(),
  evidence: z.string().default(""),
  depth: z.number().optional(),
  closeTo: z.unknown().optional(),
  candidate: z.unknown().optional(),
});

/**
 * Reads what a creation kept and rejected.
 * @throws ExpectedError naming file and line of what is damaged, or if there is nothing
 */
export function readReviewRows(folder: string) {
  const path = join(folder, creationFiles.created);
  const hash = createHash("sha256");
  const examples: Example[] = [];
  const parse = createExampleParser();
  for (const { value, where } of readWhole(path, (piece) => hash.update(piece)))
    examples.push(parse(value, where));
  const lineages = [...readLines(join(folder, creationFiles.lineage), lineageSchema)];
  const toId = createReviewIds("created");
  const created = examples.map((example, line): ReviewRow => {
    const { depth, agreement, closeTo, created } = lineages[line] ?? {};
    const label = toAnswer(example);
    const firstLabel = created !== undefined && created !== label ? created : null;
    return {
      id: toId(toRecord(example)),
      from: "created",
      number: line + 1,
      content: { ...example, label },
      firstLabel,
      evidence: "",
      reason: null,
      depth: depth ?? null,
      agreement: agreement ?? null,
      notes: [
        ...(firstLabel !== null ? [`Relabelled: created as ${firstLabel}.`] : []),
        ...describeClose(closeTo),
      ],
    };
  });
  const labels = findLabels(examples);
  const rejected = readRejected(folder, labels);
  if (created.length + rejected.length === 0)
    throw new ExpectedError(`${path}: expected created examples, none was kept or rejected`);
  return { created, rejected, labels, hash: hash.digest("hex") };
}

/** The labels of a task in which all examples have the same; else null. */
function findLabels(examples: readonly Example[]): readonly string[] | null {
  const [first] = examples;
  if (!first) return null;
  return examples.every(({ options }) => haveSameTexts(options, first.options))
    ? first.options
    : null;
}

function readRejected(folder: string, labels: readonly string[] | null): ReviewRow[] {
  const toId = createReviewIds("rejected");
  return Array.from(readLines(join(folder, creationFiles.rejected), rejectedSchema), (line, at) => {
    const { reason, evidence, depth, closeTo, candidate } = line;
    const { data } = candidateSchema.safeParse(candidate);
    const partial = typeof candidate === "string" ? candidate : evidence;
    return {
      id: toId({ reason, evidence, candidate: candidate ?? null }),
      from: "rejected",
      number: at + 1,
      content: data
        ? {
            question: data.question,
            context: data.context || null,
            options: labels ?? data.options,
            label: data.answer,
          }
        : null,
      firstLabel: null,
      evidence: partial,
      reason,
      depth: depth ?? null,
      agreement: null,
      notes: [...(evidence ? [`Seen: ${evidence}`] : []), ...describeClose(closeTo)],
    };
  });
}

function describeClose(closeTo: unknown): string[] {
  return closeTo === undefined ? [] : [`Close to ${JSON.stringify(closeTo)}.`];
}

/** The lines of a creation's file; none where it is not there. */
function* readLines<T>(path: string, schema: z.ZodType<T>): Generator<T> {
  if (!existsSync(path)) return;
  for (const { value, where } of readWhole(path)) {
    const { data, error } = schema.safeParse(value);
    if (error) {
      const [issue] = error.issues;
      throw new ExpectedError(
        `${where}: expected a line of a creation; ${issue?.path.join(".")}: ${issue?.message}`,
      );
    }
    yield data;
  }
}

/** Reads lines of JSON; a last one without a line feed was cut while being written. */
function* readWhole(path: string, see?: (piece: Buffer) => void) {
  const open = (file: string) => tryFile("read", file, () => openInside(file));
  for (const { bytes, number, whole } of linesInside(path, see, open)) {
    const where = `${path}:${number}`;
    const text = whole ? decodeUtf8(bytes, path, number) : "";
    if (text.trim() !== "") yield { value: parseLine(text, where), where };
  }
}
