import { describe, expect, it } from "vitest";
import type { Encoder } from "../src/embed/encoder.ts";
import { openPool } from "../src/embed/pool.ts";

/** An encoder of one dimension that notes what it was given, and waits for leave. */
function openSlow(leave: Promise<void> = Promise.resolve()) {
  const given: number[] = [];
  let open = true;
  const encoder: Encoder = {
    dimensions: 1,
    async encode({ ids }) {
      if (!open) throw new Error("closed");
      given.push(ids[0] ?? -1);
      await leave;
      if (ids[0] === 99) throw new Error("ninety-nine");
      return Float32Array.from(ids, (id) => 10 * id);
    },
    async dispose() {
      open = false;
    },
  };
  return { given, encoder, isOpen: () => open };
}

const batch = (id: number) => ({ ids: Int32Array.of(id), rows: 1 });
const never = Number.POSITIVE_INFINITY;
const noCrew = { size: 1, open: () => Promise.reject(new Error("no crew")), after: 0 };

/** What is given while two of a crew are at hand. */
function openCrew(after: number) {
  const own = openSlow();
  const members = [openSlow(), openSlow()];
  let next = 0;
  const open = async () => (members[next++] as (typeof members)[number]).encoder;
  return { own, members, pool: openPool(own.encoder, { size: 2, open, after }) };
}

const encodeAll = (pool: Encoder, ids: number[]) =>
  Promise.all(ids.map(async (id) => (await pool.encode(batch(id)))[0]));

describe("openPool", () => {
  it("does short work with the one at hand, in order", async () => {
    const { own, members, pool } = openCrew(never);
    expect(await encodeAll(pool, [1, 2, 3])).toEqual([10, 20, 30]);
    expect(own.given).toEqual([1, 2, 3]);
    expect(members.map(({ given }) => given)).toEqual([[], []]);
  });

  it("hands long work to the crew, and the one at hand rests", async () => {
    const { own, members, pool } = openCrew(0);
    const ids = Array.from({ length: 20 }, (_, i) => i);
    expect(await encodeAll(pool, ids)).toEqual(ids.map((id) => 10 * id));
    const before = own.given.length;
    expect(await encodeAll(pool, [21, 22])).toEqual([210, 220]);
    expect(own.given).toHaveLength(before);
    const all = [own, ...members].flatMap(({ given }) => given);
    expect(all.sort((a, b) => a - b)).toEqual([...ids, 21, 22]);
    for (const { given } of members) expect(given.length).toBeGreaterThan(0);
  });

  it("hires no crew of one", async () => {
    const { encoder } = openSlow();
    expect(await encodeAll(openPool(encoder, noCrew), [1, 2])).toEqual([10, 20]);
  });

  it("fails the batch that fails, and goes on", async () => {
    const pool = openPool(openSlow().encoder, noCrew);
    const settled = await Promise.allSettled([1, 99, 2].map((id) => pool.encode(batch(id))));
    expect(settled.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  });

  it("fails all that waits, and what comes, where no crew can be opened", async () => {
    const { given, encoder } = openSlow();
    const open = () => Promise.reject(new Error("no memory for it"));
    const pool = openPool(encoder, { size: 2, open, after: 0 });
    const settled = await Promise.allSettled([1, 2, 3, 4].map((id) => pool.encode(batch(id))));
    expect(settled.filter(({ status }) => status === "fulfilled")).toHaveLength(given.length);
    await expect(pool.encode(batch(5))).rejects.toThrow("no memory for it");
  });

  it("closes all of them, and fails what still waits", async () => {
    const { own, members, pool } = openCrew(0);
    await encodeAll(pool, [1, 2, 3, 4, 5]);
    const waiting = Promise.allSettled([1, 2, 3, 4].map((id) => pool.encode(batch(id))));
    await pool.dispose();
    expect((await waiting).at(-1)).toMatchObject({ reason: new Error("the encoder was closed") });
    expect([own, ...members].some(({ isOpen }) => isOpen())).toBe(false);
    await expect(pool.encode(batch(1))).rejects.toThrow("the encoder was closed");
  });
});
