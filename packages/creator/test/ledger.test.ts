import { appendFileSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ExpectedError } from "@seedling/core/internal";
import { runScript, tempFolder } from "@seedling/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Usage } from "../src/llm/chat.ts";
import { type BatchEvent, openLedger, readLedger, type Used } from "../src/llm/ledger.ts";

const silent = () => {};
const toPath = (folder: string) => join(folder, "spending.jsonl");
const none = { promptTokens: 0, completionTokens: 0 };
/** What was asked directly, and nothing by batches. */
const direct = (promptTokens: number, completionTokens: number) => ({
  promptTokens,
  completionTokens,
  batched: none,
});
const toUsage = (promptTokens: number, completionTokens: number): Usage => ({
  promptTokens,
  completionTokens,
});
const worst = toUsage(100, 50);

describe("a ledger", () => {
  it("counts what is out at its worst and what is settled at what it used", () => {
    const ledger = openLedger(tempFolder(), silent);
    expect(ledger.spent).toEqual(direct(0, 0));
    const ids = [1, 2, 3, 4].map(() => ledger.send(worst)) as [number, number, number, number];
    expect(ledger.spent).toEqual(direct(400, 200));
    expect(ledger.lost).toEqual({ requests: 0, tokens: 0 });
    ledger.commit(ids[2], toUsage(30, 7));
    ledger.commit(ids[0], "nothing");
    ledger.commit(ids[3], "lost");
    expect(ledger.spent).toEqual(direct(230, 107));
    expect(ledger.lost).toEqual({ requests: 1, tokens: 150 });
    ledger.close();
  });

  it("has a line on disk before a request is sent, and another as soon as it is settled", () => {
    const folder = tempFolder();
    const path = toPath(folder);
    const ledger = openLedger(folder, silent);
    const id = ledger.send(worst);
    expect(readFileSync(path, "utf8")).toBe(`${JSON.stringify({ sent: id, worst })}\n`);
    ledger.commit(id, "nothing");
    expect(readFileSync(path, "utf8").split("\n")[1]).toBe(`{"settled":${id},"used":"nothing"}`);
    ledger.close();
  });

  it("knows after any end of its process what that had spent, and numbers on", () => {
    const folder = tempFolder();
    const path = toPath(folder);
    const settlement: fc.Arbitrary<Used | "out"> = fc.oneof(
      fc.record({ promptTokens: fc.nat(100), completionTokens: fc.nat(50) }),
      fc.constantFrom("nothing" as const, "lost" as const, "out" as const),
    );
    fc.assert(
      fc.property(fc.array(fc.array(settlement, { maxLength: 6 }), { maxLength: 4 }), (lives) => {
        writeFileSync(path, "");
        const sum = toUsage(0, 0);
        let lost = 0;
        const ids = new Set<number>();
        for (const life of lives) {
          const ledger = openLedger(folder, silent);
          expect(ledger.spent).toEqual({ ...sum, batched: none });
          expect(ledger.lost).toEqual({ requests: lost, tokens: lost * 150 });
          const sent = life.map(() => ledger.send(worst));
          for (const [n, end] of life.entries()) {
            const id = sent[n] as number;
            expect(ids).not.toContain(id);
            ids.add(id);
            if (end !== "out") ledger.commit(id, end);
            if (end === "nothing") continue;
            const used = typeof end === "object" ? end : worst;
            sum.promptTokens += used.promptTokens;
            sum.completionTokens += used.completionTokens;
            if (typeof end === "string") lost += 1;
          }
          expect(ledger.spent).toEqual({ ...sum, batched: none });
          expect(readLedger(folder).spent).toEqual({ ...sum, batched: none });
          // A process that is killed closes nothing; here the file is, for the next one's sake.
          ledger.close();
        }
      }),
      { numRuns: 50 },
    );
  });

  it("counts at worst what was out when its process was killed", async () => {
    const folder = tempFolder();
    const child = `import ${JSON.stringify(join(import.meta.dirname, "ledger-child.ts"))};`;
    const { signal } = await runScript(child, import.meta.dirname, [folder]);
    expect(signal).toBe("SIGKILL");
    const ledger = openLedger(folder, silent);
    // 20 sent at 100 and 50, of which 5 were settled at 10 and 1.
    expect(ledger.spent).toEqual(direct(15 * 100 + 5 * 10, 15 * 50 + 5));
    expect(ledger.lost).toEqual({ requests: 15, tokens: 15 * 150 });
    ledger.close();
  });

  it("loses, wherever it is cut, nothing but the line that was cut, and says so", () => {
    const folder = tempFolder();
    const path = toPath(folder);
    const whole = [
      { sent: 0, worst },
      { sent: 1, worst },
      { settled: 0, used: toUsage(10, 1) },
    ].map((line) => `${JSON.stringify(line)}\n`);
    const all = whole.join("");
    const first = (whole[0] as string).length;
    for (let end = first; end <= all.length; end++) {
      writeFileSync(path, all.slice(0, end));
      const logged: string[] = [];
      const ledger = openLedger(folder, (line) => logged.push(line));
      const lines = all.slice(0, end).split("\n").length - 1;
      expect(ledger.spent.promptTokens).toBe([0, 100, 200, 110][lines]);
      const torn = all[end - 1] !== "\n";
      expect(logged).toEqual(
        torn ? [`${path}: removed a last line that was cut while being written`] : [],
      );
      ledger.send(worst);
      ledger.close();
      expect(readLedger(folder).spent.promptTokens).toBe(ledger.spent.promptTokens);
    }
  });

  it("leaves a torn line alone where it is only read", () => {
    const folder = tempFolder();
    const path = toPath(folder);
    writeFileSync(path, `${JSON.stringify({ sent: 0, worst })}\n{"sent":1,"wor`);
    const { size } = statSync(path);
    expect(readLedger(folder).spent).toEqual(direct(100, 50));
    expect(statSync(path).size).toBe(size);
    expect(readLedger(tempFolder()).spent).toEqual(direct(0, 0));
  });

  it.each([
    ["{", "2: expected one JSON value a line"],
    ['{"sent":1}', "2: expected a request that was sent or settled"],
    ['{"sent":1,"worst":{"promptTokens":-1,"completionTokens":0}}', "2: expected a request"],
    ['{"settled":0,"used":"something"}', "2: expected a request that was sent or settled"],
    ['{"event":"party"}', "2: expected a request that was sent or settled, or what happened"],
    ['{"settled":7,"used":"nothing"}', "2: expected a request that is out, got number 7"],
  ])("names a damaged line: %s", (line, message) => {
    const folder = tempFolder();
    const path = toPath(folder);
    writeFileSync(path, `${JSON.stringify({ sent: 0, worst })}\n`);
    appendFileSync(path, `${line}\n`);
    for (const read of [() => openLedger(folder, silent), () => readLedger(folder).spent]) {
      expect(read).toThrow(ExpectedError);
      expect(read).toThrow(`${path}:${message}`);
    }
  });

  it("says where it cannot write", () => {
    const folder = join(tempFolder(), "none");
    expect(() => openLedger(folder, silent)).toThrow(`cannot write ${toPath(folder)}: ENOENT`);
  });
});

describe("batches in a ledger", () => {
  const at = "2026-01-01T00:00:00.000Z";
  const submitting = (mark: string, wave = 1): BatchEvent => ({
    ...{ event: "submitting", mark, wave, requests: 2, adapted: [], at },
    parameters: { model: "m", temperature: 1, topP: 1, maxTokens: 50 },
    worst: toUsage(1000, 500),
  });
  const submitted = (mark: string): BatchEvent => ({
    event: "submitted",
    mark,
    batch: `b-${mark}`,
    at,
  });
  const ended = (mark: string, usage: Usage | null): BatchEvent => ({
    ...{ event: "ended", mark, status: "completed", replies: 2, usage, refusal: null, at },
  });

  it("count at most until they ended, then what they used, apart from what was asked directly", () => {
    const folder = tempFolder();
    const ledger = openLedger(folder, silent);
    const id = ledger.send(worst);
    for (const mark of ["a", "b", "c"]) ledger.takeBatch(submitting(mark));
    ledger.takeBatch(submitted("a"));
    ledger.takeBatch({ event: "not submitted", mark: "b", at });
    ledger.commit(id, toUsage(30, 7));
    const spent = (promptTokens: number, completionTokens: number) => ({
      promptTokens: promptTokens + 30,
      completionTokens: completionTokens + 7,
      batched: toUsage(promptTokens, completionTokens),
    });
    expect(ledger.spent).toEqual(spent(2000, 1000));
    ledger.takeBatch(ended("a", toUsage(10, 5)));
    expect(ledger.spent).toEqual(spent(1010, 505));
    ledger.takeBatch(ended("c", null));
    expect(ledger.spent).toEqual(spent(1010, 505));
    expect(ledger.lost).toEqual({ requests: 0, tokens: 0 });
    const facts = ledger.batches.map(({ mark, batch, ended }) => [mark, batch, ended?.replies]);
    expect(facts).toEqual([
      ["a", "b-a", 2],
      ["c", null, 2],
    ]);
    ledger.close();
    const again = readLedger(folder);
    expect(again.spent).toEqual(ledger.spent);
    expect(again.batches).toEqual(ledger.batches);
  });

  it("of earlier versions, in a file of their own, count and go on in the ledger", () => {
    const folder = tempFolder();
    const earlier = [submitting("a"), submitted("a"), submitting("b", 2)];
    const text = earlier.map((event) => `${JSON.stringify(event)}\n`).join("");
    const path = join(folder, "batches.jsonl");
    writeFileSync(path, `${text}{"event":"subm`);
    writeFileSync(toPath(folder), `${JSON.stringify({ sent: 0, worst })}\n`);
    expect(readLedger(folder).spent.batched).toEqual(toUsage(2000, 1000));
    const ledger = openLedger(folder, silent);
    ledger.takeBatch(ended("a", toUsage(10, 5)));
    ledger.close();
    const { spent, batches } = readLedger(folder);
    expect(spent).toEqual({ ...toUsage(1110, 555), batched: toUsage(1010, 505) });
    expect(batches.map(({ mark, ended }) => [mark, ended !== null])).toEqual([
      ["a", true],
      ["b", false],
    ]);
    expect(readFileSync(path, "utf8")).toBe(`${text}{"event":"subm`);
    writeFileSync(path, `${text}{"event":"party"}\n`);
    expect(() => readLedger(folder)).toThrow(
      `${path}:4: expected a request that was sent or settled, or what happened to a batch`,
    );
  });
});
