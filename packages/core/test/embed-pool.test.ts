import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { runScript, tempFolder } from "@seedling/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Encoder } from "../src/embed/encoder.ts";
import { openPool } from "../src/embed/pool.ts";

/** An encoder of one dimension that notes what it was given; 99 fails. */
function openOwn() {
  const given: number[] = [];
  let isOpen = true;
  const encoder: Encoder = {
    dimensions: 1,
    async encode({ ids }) {
      given.push(ids[0] ?? -1);
      if (ids[0] === 99) throw new Error("ninety-nine");
      return Float32Array.from(ids, (id) => 10 * id);
    },
    async dispose() {
      isOpen = false;
    },
  };
  return { given, encoder, isOpen: () => isOpen };
}

/** Ten times each id, and 1 more, by which a thread is known; 99 fails, 98 throws, 97 ends the thread. */
const work = `import { parentPort } from "node:worker_threads";
parentPort.on("message", (batch) => {
  const [id] = batch?.ids ?? [];
  if (!batch) parentPort.close();
  else if (id === 99) parentPort.postMessage({ error: "ninety-nine" });
  else if (id === 98) throw new Error("lost");
  else if (id === 97) process.exit(4);
  else parentPort.postMessage({ vectors: Float32Array.of(10 * id + 1) });
});
parentPort.postMessage(null);`;

/** A pool whose threads run a script. */
function open(after: number, script = work, size = 2) {
  const path = join(tempFolder(), "worker.mjs");
  writeFileSync(path, script);
  const own = openOwn();
  const model = { runtime: "use-lite" } as const;
  const pool = openPool(own.encoder, { size, model, after, script: pathToFileURL(path) });
  onTestFinished(() => pool.dispose());
  return { own, pool };
}

const batch = (id: number) => ({ ids: Int32Array.of(id), rows: 1 });
const encode = async (pool: Encoder, id: number) => (await pool.encode(batch(id)))[0];
const encodeAll = (pool: Encoder, ids: number[]) => Promise.all(ids.map((id) => encode(pool, id)));

/** Gives short work until the threads are ready. */
async function untilReady(pool: Encoder): Promise<void> {
  while ((await encode(pool, 1)) !== 11) await new Promise((resolve) => setTimeout(resolve, 1));
}

describe("openPool", () => {
  it("does short work in this thread, in order", async () => {
    const { own, pool } = open(Number.POSITIVE_INFINITY);
    expect(await encodeAll(pool, [1, 2, 3])).toEqual([10, 20, 30]);
    expect(own.given).toEqual([1, 2, 3]);
  });

  it("hands long work to the threads, and this one rests", async () => {
    const { own, pool } = open(0);
    await untilReady(pool);
    const before = own.given.length;
    const ids = Array.from({ length: 20 }, (_, i) => i);
    expect(await encodeAll(pool, ids)).toEqual(ids.map((id) => 10 * id + 1));
    expect(own.given).toHaveLength(before);
  });

  it("starts no pool of one", async () => {
    const { own, pool } = open(0, "throw new Error()", 1);
    expect(await encodeAll(pool, [1, 2])).toEqual([10, 20]);
    expect(own.given).toEqual([1, 2]);
  });

  it.each([
    ["here", Number.POSITIVE_INFINITY],
    ["in a thread", 0],
  ])("fails the batch that fails %s, and goes on", async (_, after) => {
    const { pool } = open(after);
    if (after === 0) await untilReady(pool);
    const settled = await Promise.allSettled([1, 99, 2].map((id) => pool.encode(batch(id))));
    expect(settled.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(settled[1]).toMatchObject({ reason: { message: "ninety-nine" } });
  });

  it.each([
    ["throws", `throw new Error("no library");`, "an encoding thread failed: Error: no library"],
    ["ends", "process.exit(3);", "an encoding thread ended (exit code 3)"],
  ])(
    "fails what waits and what comes where a thread %s before it is ready",
    async (_, script, why) => {
      const { pool } = open(0, script);
      await expect(untilReady(pool)).rejects.toThrow(why);
      await expect(pool.encode(batch(5))).rejects.toThrow(why);
    },
  );

  it.each([
    ["throws", 98, "an encoding thread failed: Error: lost"],
    ["ends", 97, "an encoding thread ended (exit code 4)"],
  ])("fails all that waits where a thread %s while it encodes", async (_, id, why) => {
    const { pool } = open(0);
    await untilReady(pool);
    const settled = await Promise.allSettled([id, id, 1, 2].map((one) => pool.encode(batch(one))));
    expect(settled.map(({ status }) => status)).toEqual(new Array(4).fill("rejected"));
    expect(settled[3]).toMatchObject({ reason: { message: why } });
  });

  it("closes all of them, and fails what still waits", async () => {
    const { own, pool } = open(0);
    await untilReady(pool);
    const waiting = Promise.allSettled([1, 2, 3, 4].map((id) => pool.encode(batch(id))));
    await pool.dispose();
    expect((await waiting).at(-1)).toMatchObject({ reason: new Error("the encoder was closed") });
    expect(own.isOpen()).toBe(false);
    await expect(pool.encode(batch(1))).rejects.toThrow("the encoder was closed");
  });

  it("closes threads that are still starting, in a process that has nothing else to do", async () => {
    // Ready, and then busy for a while before it is asked to end.
    const busy = "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);";
    const script = pathToFileURL(
      join(tempFolder({ "worker.mjs": `${work}\n${busy}` }), "worker.mjs"),
    );
    const { code, out } = await runScript(
      `import { openPool } from "./embed/pool.ts";
      const own = { dimensions: 1, encode: async () => Float32Array.of(1), dispose: async () => {} };
      const script = new URL("${script}");
      const pool = openPool(own, { size: 2, model: { runtime: "use-lite" }, after: 0, script });
      await pool.encode({ ids: Int32Array.of(1), rows: 1 });
      await pool.dispose();
      console.log("closed");`,
      join(import.meta.dirname, "../src"),
    );
    expect({ code, out }).toEqual({ code: 0, out: "closed\n" });
  });
});
