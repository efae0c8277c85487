import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  createRandom,
  type Example,
  hashShingles,
  jaccard,
  type Random,
  toRecord,
} from "@seedling/core/internal";
import { openCreationFiles } from "../packages/creator/src/create/create-examples.ts";
import type { Lineage } from "../packages/creator/src/create/creation.ts";
import { chooseChecks, judgeCandidate } from "../packages/creator/src/filters/checks.ts";
import { createContamination } from "../packages/creator/src/filters/contamination.ts";
import { createCosineIndex } from "../packages/creator/src/filters/cosine.ts";
import {
  createMinHashIndex,
  createSeenQuestions,
} from "../packages/creator/src/filters/duplicates.ts";
import { openJournal } from "../packages/creator/src/llm/journal.ts";
import { isRejection } from "../packages/creator/src/reply/candidate.ts";
import { toEdited, toExample, toQuestion } from "../packages/creator/test/questions.ts";
import { readWith } from "../packages/creator/test/reading-words.ts";
import { toSaid } from "../packages/creator/test/shapes.ts";

// What a creation's bookkeeping takes, in memory and in time of one processor:
// node scripts/launch.mjs benchmark-memory [examples, 100000] [vectors, 10000]. Limits: 100,000 examples,
// exact and by MinHash, in 20 s and 500 MB; 10,000 by cosine in 60 s; 1 ms a completion.

const most = Number(process.argv[2] ?? 100_000);
const mostVectors = Number(process.argv[3] ?? 10_000);
const perReply = 5;
const folder = mkdtempSync(join(tmpdir(), "seedling-memory-"));
const lineage: Lineage = { request: 0, key: "key", parent: null, depth: 1, chain: 0 };

/** Seconds of processor time so far. */
function spent(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

function print(what: string, value: number, unit: string): void {
  console.log(`${what.padEnd(64)}${value.toFixed(value < 10 ? 3 : 1).padStart(9)} ${unit}`);
}

/** Like an encoder, and fast: random unit vectors. */
function createVectors(dimensions: number): () => Promise<Float32Array> {
  const random = createRandom("vectors");
  const pool = Float32Array.from({ length: 4096 }, () => random.normal());
  return async () => {
    const start = random.int(pool.length - dimensions);
    const shift = random.normal();
    const vector = pool
      .slice(start, start + dimensions)
      .map((value, i) => value * Math.cos(i * shift));
    const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
    return vector.map((value) => value / length);
  };
}

/** A question that no other equals. */
function toNew(random: Random, i: number): Example {
  return toExample(`${toQuestion(random)} ${i}`);
}

/** Questions of which every fifth is an edit of an earlier one, and that one's index. */
function plant(n: number): { question: string; origin: number | null }[] {
  const random = createRandom("planted");
  const planted: { question: string; origin: number | null }[] = [];
  while (planted.length < n) {
    const origin = planted.length % 5 === 4 ? random.int(planted.length) : null;
    const question =
      origin === null ? toQuestion(random) : toEdited(planted[origin]?.question ?? "", random);
    planted.push({ question, origin });
  }
  return planted;
}

async function measureDuplicates(n: number): Promise<void> {
  const planted = plant(n);
  const files = openCreationFiles(folder);
  const journal = openJournal(join(folder, "journal.jsonl"), console.log);
  const near = createMinHashIndex(0.7);
  const seen = createSeenQuestions();
  const found: (number | null)[] = [];
  const kept: { example: Example; lineage: Lineage }[] = [];
  const start = spent();
  for (const [line, { question }] of planted.entries()) {
    const example = toExample(question);
    seen.find(question);
    found.push((await near.find(question))?.similarity ?? null);
    files.keep(example, lineage);
    kept.push({ example, lineage: { ...lineage } });
    seen.add(question);
    await near.add(question);
    journal.append(`key ${line}`, toSaid(""));
  }
  print(`exact, by MinHash at 0.7, files and journal, ${n} examples`, spent() - start, "s");
  print("  memory of the process at most", process.resourceUsage().maxRSS / 1000, "MB");
  const close = planted.flatMap(({ question, origin }, i) => {
    if (origin === null) return [];
    const overlap = jaccard(hashShingles(question), hashShingles(planted[origin]?.question ?? ""));
    return overlap >= 0.7 ? [{ overlap, found: found[i] ?? 0 }] : [];
  });
  const right = close.filter((one) => one.found >= one.overlap).length;
  print(`  of ${close.length} planted as close as that, found`, (100 * right) / close.length, "%");
  files.close();
  journal.close();
}

async function measureCosine(n: number, dimensions: number): Promise<void> {
  const embedOne = createVectors(dimensions);
  const vectors: Float32Array[] = [];
  for (let i = 0; i < n; i++) vectors.push(await embedOne());
  const near = createCosineIndex(0.9, async (text) => vectors[Number(text)] as Float32Array);
  const start = spent();
  for (let i = 0; i < n; i++) {
    await near.find(`${i}`);
    await near.add(`${i}`);
  }
  const seconds = spent() - start;
  print(`by cosine at 0.9, ${n} vectors of ${dimensions}`, seconds, "s");
  print("  million pairs a second", n ** 2 / 2 / seconds / 1e6, "");
}

async function measureCompletions(n: number): Promise<void> {
  const random = createRandom("completions");
  const journal = openJournal(join(folder, "more.jsonl"), console.log);
  const files = openCreationFiles(folder);
  const near = createMinHashIndex(0.7);
  const seen = createSeenQuestions();
  const items = Array.from({ length: 6000 }, (_, i) => toNew(random, i));
  const splits = [{ task: "other", split: "test" as const, examples: items }];
  const embedOne = createVectors(32);
  const evaluated = await createContamination(splits, { overlap: 0.7, cosine: null, embedOne });
  const formatting = toExample("is the sea salty");
  const shape = { formatting, options: "fixed" as const };
  const switches = { reject: ["near-duplicate" as const, "contaminated" as const], allow: null };
  const checks = chooseChecks(switches);
  const read = readWith("salvage", switches);

  const process = async (key: string, text: string) => {
    const completion = toSaid(text);
    journal.append(key, completion);
    for (const item of read(completion, shape, perReply)) {
      if (isRejection(item)) continue;
      const example = await judgeCandidate(item, checks, { shape, seen, near: [near], evaluated });
      if (isRejection(example)) {
        files.reject(example, lineage);
        continue;
      }
      files.keep(example, lineage);
      seen.add(example.question);
      await near.add(example.question);
    }
  };

  const toReply = (i: number) =>
    Array.from({ length: perReply }, (_, j) =>
      JSON.stringify(toRecord(toNew(random, i * perReply + j))),
    ).join("\n\n");
  const replies = n / perReply;
  const last = 2000;
  for (let i = 0; i < replies; i++) await process(`key ${i}`, toReply(i));
  const texts = Array.from({ length: last }, (_, i) => toReply(replies + i));
  const start = spent();
  for (const [i, text] of texts.entries()) await process(`key ${replies + i}`, text);
  const each = ((spent() - start) / last) * 1000;
  print(
    `bookkeeping of a completion of ${perReply} examples, ${n} kept, all checks on`,
    each,
    "ms",
  );
  journal.close();
  files.close();
}

await measureDuplicates(most);
await measureCompletions(most);
await measureCosine(mostVectors, 384);
await measureCosine(mostVectors, 768);
rmSync(folder, { recursive: true });
