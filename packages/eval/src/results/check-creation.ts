import { readFile } from "node:fs/promises";
import { join } from "node:path";
import {
  type CreationManifest,
  creationFiles,
  ExpectedError,
  endings,
  isLocked,
  parseExample,
  parseLine,
  sha256,
  toLines,
} from "@seedling/core/internal";
import { z } from "zod";
import { sum } from "../statistics/sum.ts";
import { findMisplaced } from "./find-misplaced.ts";
import { findOtherHash } from "./find-other-hash.ts";
import { renderValue } from "./render-value.ts";
import type { CreationRun, LeftOut } from "./results.ts";

/** A line of `lineage.jsonl`, as far as it is read. */
export const lineageSchema = z.object({
  key: z.string(),
  parent: z.int().nonnegative().nullable(),
  depth: z.int().positive(),
});

/** Checks one line's value. @throws ExpectedError or ZodError if it is none of its file */
const parsers: Record<string, (value: unknown, where: string) => unknown> = {
  [creationFiles.created]: parseExample,
  [creationFiles.lineage]: (value) => lineageSchema.parse(value),
  [creationFiles.rejected]: (value) => z.looseObject({}).parse(value),
};

/**
 * What of a creation is damaged or contradicts its manifest; null: nothing. A file is read once, and its
 * lines are parsed only where its hash is not the manifest's.
 * @param dir the results folder
 */
export async function checkCreation(dir: string, creation: CreationRun): Promise<LeftOut | null> {
  const { path, manifest, partial } = creation;
  const own = `${path}/${partial ? endings.partial : endings.done}`;
  const wrong = findMisplaced(manifest, path) ?? findWrongSum(manifest);
  if (wrong) return { path: own, why: wrong };
  for (const name of Object.values(creationFiles)) {
    const why = await checkFile(join(dir, path, name), name, manifest);
    if (why === null) continue;
    const atWork = isLocked(join(dir, path));
    if (atWork) return { path: own, why: "not finished: a process works on it" };
    // A resumed creation that was killed has gone on from its partial.json.
    const after = partial ? `half-written since ${endings.partial}, or ` : "";
    return { path: `${path}/${name}`, why: after + why };
  }
  return null;
}

async function checkFile(
  path: string,
  name: string,
  { kept, outputs }: CreationManifest,
): Promise<string | null> {
  const isCreated = name === creationFiles.created;
  const bytes = await readFile(path).catch(() => null);
  if (bytes === null) {
    const expected = outputs[name] !== undefined || (isCreated && kept > 0);
    return expected ? `${name}: expected it beside the manifest, it is not there` : null;
  }
  const hash = sha256(bytes);
  const damage = hash === outputs[name] ? null : findDamagedLine(bytes.toString("utf8"), name);
  if (damage) return damage;
  const lines = isCreated ? countLines(bytes) : kept;
  if (lines !== kept) return `edited: kept is ${kept} in the manifest, ${name} has ${lines} lines`;
  return findOtherHash(name, outputs[name], hash);
}

function findDamagedLine(text: string, name: string): string | null {
  for (const { line, number } of toLines(text)) {
    const where = `${name}:${number}`;
    try {
      parsers[name]?.(parseLine(line, where), where);
    } catch (error) {
      if (error instanceof ExpectedError) return error.message;
      if (!(error instanceof z.ZodError)) throw error;
      return `${where}: ${error.issues[0]?.path.join(".")}: ${error.issues[0]?.message}, got ${renderValue(line)}`;
    }
  }
  return null;
}

function countLines(bytes: Buffer): number {
  let lines = 0;
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) lines += 1;
  return lines;
}

/** What the manifest of a creation says twice, and not alike; an older one says less. */
function findWrongSum({ kept, replies, funnel, labels, usage, labelCheck }: CreationManifest) {
  const step = (name: string) => funnel.find((one) => one.step === name);
  const uses = labelCheck ? [usage, labelCheck.usage] : [usage];
  const tokens = sum(uses.map((one) => one.promptTokens + one.completionTokens));
  const asked = step("completions");
  const sums: [name: string, said: number, other: string, found: number | null | undefined][] = [
    ["kept", kept, "funnel", step("kept")?.n],
    ["replies", replies, "funnel", asked?.n],
    ["kept", kept, "labels", Object.keys(labels).length > 0 ? sum(Object.values(labels)) : null],
    ["usage, a reply,", round(tokens / replies), "funnel", asked?.tokensEach],
  ];
  const wrong = sums.find(([, said, , found]) => found != null && found !== said);
  return wrong ? `edited: ${wrong[0]} is ${wrong[1]}, its ${wrong[2]} says ${wrong[3]}` : null;
}

function round(value: number): number {
  return Number(value.toFixed(1));
}
