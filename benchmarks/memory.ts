import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import {
  createRandom,
  type Example,
  hashShingles,
  jaccard,
  type Random,
  toRecord,
} from "@seedling/core/internal";
import { openCreationFiles } from "../packages/creator/src/create/creation-files.ts";
import { chooseChecks, judge } from "../packages/creator/src/filters/checks.ts";
import { openEvaluated } from "../packages/creator/src/filters/evaluated.ts";
import { openNear } from "../packages/creator/src/filters/near.ts";
import { openNearByCosine } from "../packages/creator/src/filters/near-cosine.ts";
import { openSeen } from "../packages/creator/src/filters/seen.ts";
import { openJournal } from "../packages/creator/src/llm/journal.ts";
import { isRejection, readWith } from "../packages/creator/src/reply/read-reply.ts";
import { toEdited, toExample, toQuestion } from "../packages/creator/test/questions.ts";
import { toSaid } from "../packages/creator/test/shapes.ts";

// What a creation remembers, in bytes, and what its bookkeeping takes, in time of one processor:
// `node scripts/launch.mjs benchmark-memory [examples, 1000000]`. Limits: 64 bytes a kept example, 600 with near
// duplicates; 100,000 looked through for near duplicates in 10 s; 1 ms a completion.

const most = Number(process.argv[2] ?? 1_000_000);
const perReply = 5;
const folder = mkdtempSync(join(tmpdir(), "seedling-memory-"));

setFlagsFromString("--expose-gc");
const collect: () => void = runInNewContext("gc");

function measureBytes(): number {
  collect();
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** Seconds of processor time so far. */
function spent(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

function print(what: string, value: number, unit: string): void {
  console.log(`${what.padEnd(64)}${value.toFixed(value < 10 ? 3 : 1).padStart(9)} ${unit}`);
}

/** Like an encoder, and fast: random unit vectors. */
function openVectors(dimensions: number): () => Promise<Float32Array> {
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

function measureExact(): void {
  const random = createRandom("exact");
  const before = measureBytes();
  const files = openCreationFiles(folder);
  const journal = openJournal(join(folder, "journal.jsonl"), console.log);
  const seen = openSeen();
  for (let i = 0; i < most; i++) {
    const example = toNew(random, i);
    seen.add(example.question, files.keep(example, { request: i }));
    journal.append(`key ${i}`, toSaid(""));
    if (i + 1 === most || i + 1 === most / 10)
      print(
        `exact memory, ${i + 1} kept, a completion each`,
        (measureBytes() - before) / (i + 1),
        "bytes an example",
      );
  }
  files.close();
  journal.close();
  const start = spent();
  const again = openJournal(join(folder, "journal.jsonl"), console.log);
  print(`opening that journal again, ${most} lines`, spent() - start, "s");
  again.close();
}

async function measureNear(): Promise<void> {
  const random = createRandom("near");
  const before = measureBytes();
  const byOverlap = openNear({ overlap: 0.7, read: () => toExample("") });
  const byCosine = openNearByCosine({
    cosine: 0.9,
    embedOne: openVectors(32),
    path: join(folder, "vectors"),
  });
  for (let i = 0; i < most; i++) {
    const example = toNew(random, i);
    byOverlap.add(example, i);
    await byCosine.add(example, i);
    if (i + 1 === most || i + 1 === most / 10)
      print(
        `near memory besides, overlap and cosine, ${i + 1} kept`,
        (measureBytes() - before) / (i + 1),
        "bytes an example",
      );
  }
  byCosine.close();
}

/** Questions of which every fifth is an edit of an earlier one, and that one's place. */
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

async function measureTime(n: number): Promise<void> {
  const planted = plant(n);
  const files = openCreationFiles(folder);
  const near = openNear({ overlap: 0.7, read: files.read });
  const found: (number | null)[] = [];
  for (const { question } of planted) files.keep(toExample(question), {});
  let start = spent();
  for (const [line, { question }] of planted.entries()) {
    const close = await near.find(toExample(question));
    found.push(close?.similarity ?? null);
    await near.add(toExample(question), line);
  }
  print(`near duplicates by overlap 0.7, ${n} examples`, spent() - start, "s");
  const close = planted.flatMap(({ question, origin }, i) => {
    if (origin === null) return [];
    const overlap = jaccard(hashShingles(question), hashShingles(planted[origin]?.question ?? ""));
    return overlap >= 0.7 ? [{ overlap, found: found[i] ?? 0 }] : [];
  });
  const right = close.filter((one) => one.found >= one.overlap).length;
  print(`  of ${close.length} planted as close as that, found`, (100 * right) / close.length, "%");
  files.close();

  const byCosine = openNearByCosine({
    cosine: 0.9,
    embedOne: openVectors(384),
    path: join(folder, "vectors"),
  });
  const embedOne = openVectors(384);
  start = spent();
  for (let i = 0; i < n; i++) await embedOne();
  const encoding = spent() - start;
  start = spent();
  for (let i = 0; i < n; i++) {
    await byCosine.find(toExample(`${i}`));
    await byCosine.add(toExample(`${i}`), i);
  }
  print(`near duplicates by cosine 0.9, ${n} vectors of 384`, spent() - start - encoding, "s");
  byCosine.close();
}

async function measureCompletions(n: number): Promise<void> {
  const random = createRandom("completions");
  const journal = openJournal(join(folder, "more.jsonl"), console.log);
  const files = openCreationFiles(folder);
  const near = openNear({ overlap: 0.7, read: files.read });
  const seen = openSeen();
  const items = Array.from({ length: 6000 }, (_, i) => toNew(random, i));
  const splits = [{ task: "other", split: "test" as const, examples: items }];
  const evaluated = await openEvaluated(splits, { overlap: 0.7, cosine: null, embedOne: null });
  const formatting = toExample("is the sea salty");
  const shape = { formatting, options: "fixed" as const };
  const switches = { reject: ["near-duplicate" as const, "contaminated" as const], allow: null };
  const checks = chooseChecks(switches);
  const read = readWith("salvage", switches);

  const settle = async (key: string, text: string) => {
    const completion = toSaid(text);
    journal.append(key, completion);
    for (const reading of read(completion, shape, perReply)) {
      if (isRejection(reading)) continue;
      const example = await judge(reading, checks, { shape, seen, near, evaluated });
      if ("reason" in example) {
        files.reject(example);
        continue;
      }
      const line = files.keep(example, { key });
      seen.add(example.question, line);
      await near.add(example, line);
    }
  };

  const toReply = (i: number) =>
    Array.from({ length: perReply }, (_, j) =>
      JSON.stringify(toRecord(toNew(random, i * perReply + j))),
    ).join("\n\n");
  const replies = n / perReply;
  const last = 2000;
  for (let i = 0; i < replies; i++) await settle(`key ${i}`, toReply(i));
  const texts = Array.from({ length: last }, (_, i) => toReply(replies + i));
  const start = spent();
  for (const [i, text] of texts.entries()) await settle(`key ${replies + i}`, text);
  const each = ((spent() - start) / last) * 1000;
  print(
    `bookkeeping of a completion of ${perReply} examples, ${n} kept, all checks on`,
    each,
    "ms",
  );
  journal.close();
  files.close();
}

await measureTime(100_000);
await measureCompletions(100_000);
measureExact();
await measureNear();
rmSync(folder, { recursive: true });
