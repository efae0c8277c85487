import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toCreationFolder, toTrainingFolder } from "../src/runs/identity.ts";
import type { Run } from "../src/runs/run.ts";
import { chooseShard } from "../src/runs/shard.ts";
import { plan } from "./planning.ts";

const env = { OPENAI_API_KEY: "sk-secret-0123456789" };

/** The runs of each of n machines. */
async function toParts(line: string, n: number): Promise<Run[][]> {
  const parts = Array.from({ length: n }, (_, i) => plan(`${line} --shard ${i + 1}/${n}`, { env }));
  return Promise.all(parts);
}

function toFolders(runs: readonly Run[]): string[] {
  return runs.map(toTrainingFolder);
}

const wide = "--data all --setting all,direct --examples 100 --seed 1,2 --model m";

describe("--shard", () => {
  it("1/1 is everything, in the order of a run without it", async () => {
    const [part] = await toParts(wide, 1);
    expect(toFolders(part ?? [])).toEqual(toFolders(await plan(wide, { env })));
  });

  it.each([2, 3, 7])("of %i: every run once, each part in the plan's order", async (n) => {
    const all = toFolders(await plan(wide, { env }));
    const parts = (await toParts(wide, n)).map(toFolders);
    expect(parts.flat().sort()).toEqual([...all].sort());
    for (const part of parts) expect(part).toEqual(all.filter((run) => part.includes(run)));
  });

  it("leaves runs that share a creation on one machine, and direct's too", async () => {
    const line = `--data csqa,creak --setting tree,random,direct,human --train-seed 1,2,3 --creation-seed 4,5 --model m`;
    const parts = await toParts(line, 3);
    const where = new Map<string, number>();
    for (const [machine, runs] of parts.entries())
      for (const run of runs) {
        const shared = run.source === "direct" ? `direct ${run.seeds.creation}` : null;
        const key = run.completions ? (shared ?? toCreationFolder(run)) : toTrainingFolder(run);
        expect(where.get(key) ?? machine).toBe(machine);
        where.set(key, machine);
      }
  });

  it("leaves runs of which one repeats another's choice on one machine", async () => {
    const line =
      "--data csqa,creak --setting human,tree --seed 1,2,3 --tune full --encoder X/y --model m";
    for (const part of await toParts(`${line} --grid-seeds 1`, 3)) {
      const seeds = new Map<string, number>();
      for (const { task, source } of part) {
        const key = `${task.name} ${source}`;
        seeds.set(key, (seeds.get(key) ?? 0) + 1);
      }
      expect([...seeds.values()].every((n) => n === 3)).toBe(true);
    }
  });

  it("gives no part more than its share and one group", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 9 }), async (n) => {
        const parts = await toParts("--data all --setting all --model m", n);
        const sizes = parts.map((runs) =>
          runs.reduce((sum, { task }) => sum + (task.trainSize ?? 0), 0),
        );
        const all = sizes.reduce((sum, size) => sum + size, 0);
        expect(Math.max(...sizes)).toBeLessThanOrEqual(all / n + 14_113);
      }),
      { numRuns: 9 },
    );
  });

  it("of more machines than there is to do leaves some without runs", async () => {
    const runs = await plan("--data creak --setting human", { env });
    expect(chooseShard(runs, { index: 1, of: 5 })).toEqual(runs);
    expect(chooseShard(runs, { index: 5, of: 5 })).toEqual([]);
  });
});
