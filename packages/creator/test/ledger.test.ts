import { appendFileSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ExpectedError } from "@seedling/core/internal";
import { runScript, tempFolder } from "@seedling/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Settlement } from "../src/llm/books.ts";
import type { Usage } from "../src/llm/chat.ts";
import { openLedger, openUnwritten, readSpent } from "../src/llm/ledger.ts";

const silent = () => {};
const toPath = () => join(tempFolder(), "spending.jsonl");
const toUsage = (promptTokens: number, completionTokens: number): Usage => ({
  promptTokens,
  completionTokens,
});
const worst = toUsage(100, 50);

describe("a ledger", () => {
  it("counts what is out at its worst and what is settled at what it used", () => {
    const ledger = openLedger(toPath(), silent);
    expect(ledger.spent).toEqual(toUsage(0, 0));
    const ids = [1, 2, 3, 4].map(() => ledger.sent(worst)) as [number, number, number, number];
    expect(ledger.spent).toEqual(toUsage(400, 200));
    expect(ledger.lost).toEqual({ requests: 0, tokens: 0 });
    ledger.settle(ids[2], toUsage(30, 7));
    ledger.settle(ids[0], "nothing");
    ledger.settle(ids[3], "lost");
    expect(ledger.spent).toEqual(toUsage(230, 107));
    expect(ledger.lost).toEqual({ requests: 1, tokens: 150 });
    ledger.close();
  });

  it("has a line on disk before a request is sent, and another as soon as it is settled", () => {
    const path = toPath();
    const ledger = openLedger(path, silent);
    const id = ledger.sent(worst);
    expect(readFileSync(path, "utf8")).toBe(`${JSON.stringify({ sent: id, worst })}\n`);
    ledger.settle(id, "nothing");
    expect(readFileSync(path, "utf8").split("\n")[1]).toBe(`{"settled":${id},"used":"nothing"}`);
    ledger.close();
  });

  it("knows after any end of its process what that had spent, and numbers on", () => {
    const path = toPath();
    const settlement: fc.Arbitrary<Settlement | "out"> = fc.oneof(
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
          const ledger = openLedger(path, silent);
          expect(ledger.spent).toEqual(sum);
          expect(ledger.lost).toEqual({ requests: lost, tokens: lost * 150 });
          const sent = life.map(() => ledger.sent(worst));
          for (const [n, end] of life.entries()) {
            const id = sent[n] as number;
            expect(ids).not.toContain(id);
            ids.add(id);
            if (end !== "out") ledger.settle(id, end);
            if (end === "nothing") continue;
            const used = typeof end === "object" ? end : worst;
            sum.promptTokens += used.promptTokens;
            sum.completionTokens += used.completionTokens;
            if (typeof end === "string") lost += 1;
          }
          expect(ledger.spent).toEqual(sum);
          expect(readSpent(path)).toEqual(sum);
          // A process that is killed closes nothing; here the file is, for the next one's sake.
          ledger.close();
        }
      }),
      { numRuns: 50 },
    );
  });

  it("counts at worst what was out when its process was killed", async () => {
    const path = toPath();
    const child = `import ${JSON.stringify(join(import.meta.dirname, "ledger-child.ts"))};`;
    const { signal } = await runScript(child, import.meta.dirname, [path]);
    expect(signal).toBe("SIGKILL");
    const ledger = openLedger(path, silent);
    // 20 sent at 100 and 50, of which 5 were settled at 10 and 1.
    expect(ledger.spent).toEqual(toUsage(15 * 100 + 5 * 10, 15 * 50 + 5));
    expect(ledger.lost).toEqual({ requests: 15, tokens: 15 * 150 });
    ledger.close();
  });

  it("loses, wherever it is cut, nothing but the line that was cut, and says so", () => {
    const path = toPath();
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
      const ledger = openLedger(path, (line) => logged.push(line));
      const lines = all.slice(0, end).split("\n").length - 1;
      expect(ledger.spent.promptTokens).toBe([0, 100, 200, 110][lines]);
      const torn = all[end - 1] !== "\n";
      expect(logged).toEqual(
        torn ? [`${path}: removed a last line that was cut while being written`] : [],
      );
      ledger.sent(worst);
      ledger.close();
      expect(readSpent(path).promptTokens).toBe(ledger.spent.promptTokens);
    }
  });

  it("leaves a torn line alone where it is only read", () => {
    const path = toPath();
    writeFileSync(path, `${JSON.stringify({ sent: 0, worst })}\n{"sent":1,"wor`);
    const { size } = statSync(path);
    expect(readSpent(path)).toEqual(worst);
    expect(statSync(path).size).toBe(size);
    expect(readSpent(`${path}.none`)).toEqual(toUsage(0, 0));
  });

  it.each([
    ["{", "2: expected one JSON value a line"],
    ['{"sent":1}', "2: expected a request that was sent or settled, got"],
    ['{"sent":1,"worst":{"promptTokens":-1,"completionTokens":0}}', "2: expected a request"],
    ['{"settled":0,"used":"something"}', "2: expected a request that was sent or settled"],
    ['{"settled":7,"used":"nothing"}', "2: expected a request that is out, got number 7"],
  ])("names a damaged line: %s", (line, message) => {
    const path = toPath();
    writeFileSync(path, `${JSON.stringify({ sent: 0, worst })}\n`);
    appendFileSync(path, `${line}\n`);
    for (const read of [() => openLedger(path, silent), () => readSpent(path)]) {
      expect(read).toThrow(ExpectedError);
      expect(read).toThrow(`${path}:${message}`);
    }
  });

  it("says where it cannot write", () => {
    const path = join(tempFolder(), "none", "spending.jsonl");
    expect(() => openLedger(path, silent)).toThrow(`cannot write ${path}: ENOENT`);
    expect(() => openLedger("/dev/full", silent).sent(worst)).toThrow(
      "cannot write /dev/full: ENOSPC",
    );
  });

  it("is not kept where another file answers for it", () => {
    const ledger = openUnwritten();
    ledger.settle(ledger.sent(worst), toUsage(1, 1));
    ledger.sent(worst);
    expect(ledger.spent).toEqual(toUsage(101, 51));
    expect(ledger.lost).toEqual({ requests: 0, tokens: 0 });
  });
});
