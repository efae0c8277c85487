import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { createRandom } from "@seedling/core/internal";
import { tempFolder } from "@seedling/testing";
import { describe, expect, it } from "vitest";
import { openCreationFiles } from "../src/create/creation-files.ts";
import { openNear } from "../src/filters/near.ts";
import { openNearByCosine } from "../src/filters/near-cosine.ts";
import { openSeen } from "../src/filters/seen.ts";
import { openJournal } from "../src/llm/journal.ts";
import { openNumberList } from "../src/llm/number-list.ts";
import { toExample, toQuestion } from "./questions.ts";
import { toSaid } from "./shapes.ts";

setFlagsFromString("--expose-gc");
const collect: () => void = runInNewContext("gc");

/** Bytes that are in use, garbage left out. */
function measure(): number {
  collect();
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

describe("what a creation remembers", () => {
  // After 67,000 and 87,000 the hash tables grow: an entry takes the most just then.
  it.each([70_000, 90_000])(
    "takes at most 150 bytes for each of %i kept examples, with a completion each",
    (n) => {
      const folder = tempFolder();
      const random = createRandom("memory");
      const before = measure();
      const files = openCreationFiles(folder);
      const journal = openJournal(join(folder, "journal.jsonl"), () => {});
      const seen = openSeen();
      const lanes = [openNumberList(), openNumberList()];
      for (let i = 0; i < n; i++) {
        const example = toExample(`${toQuestion(random)} ${i}`);
        const line = files.keep(example, { request: i });
        seen.add(example.question, line);
        journal.append(`key ${i}`, toSaid(example.question));
        for (const list of lanes) list.push(line);
      }
      expect((measure() - before) / n).toBeLessThanOrEqual(150);
      // All of it is needed: what is measured is still in use.
      const last = files.read(n - 1);
      expect(seen.find(last.question)).toBe(n - 1);
      expect(journal.find(`key ${n - 1}`)?.text).toBe(last.question);
      expect(lanes.map(({ length }) => length)).toEqual([n, n]);
      files.close();
      journal.close();
    },
  );

  it("takes at most 536 more with near duplicates by overlap and by cosine", async () => {
    const n = 40_000;
    const random = createRandom("near memory");
    const embedOne = async () => Float32Array.from({ length: 16 }, () => random.next() - 0.5);
    const path = join(tempFolder(), "vectors");
    const before = measure();
    const byOverlap = openNear({ overlap: 0.7, read: () => toExample("") });
    const byCosine = openNearByCosine({ cosine: 0.9, embedOne, path });
    for (let line = 0; line < n; line++) {
      const example = toExample(`${toQuestion(random)} ${line}`);
      byOverlap.add(example, line);
      await byCosine.add(example, line);
    }
    expect((measure() - before) / n).toBeLessThanOrEqual(536);
    await byOverlap.find(toExample("is the sea salty"));
    byCosine.close();
  });
});
