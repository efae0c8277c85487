import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tempFolder } from "@seedling/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Chat, Completion } from "../src/llm/chat.ts";
import { type Journal, openJournal, withJournal } from "../src/llm/journal.ts";
import { toSaid } from "./shapes.ts";

const silent = () => {};
const readJournal = (path: string) => openJournal(path, silent, "read");
const request = (key: string) => ({ key, messages: [], seed: 1 });
const toPath = () => join(tempFolder(), "journal.jsonl");
const toLine = (key: string, said: Completion) => `${JSON.stringify({ key, ...said })}\n`;

/** The keys of a journal file's lines. */
function readKeys(path: string): string[] {
  const lines = readFileSync(path, "utf8").trim().split("\n");
  return lines.map((line) => JSON.parse(line).key);
}

/** A journal to read, of these texts by key. */
function toRecorded(texts: Record<string, string>): Journal {
  const path = toPath();
  const lines = Object.entries(texts).map(([key, text]) => toLine(key, toSaid(text)));
  writeFileSync(path, lines.join(""));
  return readJournal(path);
}

/** A chat that says the request's key, and what it was asked. */
function toCounting(): { chat: Chat; asked: string[] } {
  const asked: string[] = [];
  const chat: Chat = async ({ key }) => {
    asked.push(key);
    return toSaid(`asked ${key}`);
  };
  return { chat, asked };
}

const completion = fc.record<Completion>({
  text: fc.string({ unit: "binary" }),
  finishReason: fc.option(fc.string()),
  refusal: fc.option(fc.string()),
  usage: fc.option(fc.record({ promptTokens: fc.nat(), completionTokens: fc.nat() })),
  model: fc.string(),
  ms: fc.nat(),
  at: fc.constant("2026-01-01T00:00:00.000Z"),
  adapted: fc.array(fc.string()),
});

describe("a journal", () => {
  it("gives back every completion, by itself and once opened again", () => {
    const path = toPath();
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(fc.string({ unit: "binary" }), completion), {
          selector: ([key]) => key,
        }),
        (all) => {
          writeFileSync(path, "");
          const journal = openJournal(path, silent);
          for (const [key, one] of all) {
            expect(journal.has(key)).toBe(false);
            journal.append(key, one);
          }
          for (const again of [journal, openJournal(path, silent), readJournal(path)]) {
            expect(again.find("no such key")).toBeUndefined();
            for (const [key, one] of all) {
              expect(again.has(key)).toBe(true);
              expect(again.find(key)).toEqual(one);
            }
            again.close();
          }
        },
      ),
      { numRuns: 30 },
    );
  });

  it.each([
    ["no JSON", "{oops", "expected one JSON value a line"],
    ["no completion", '{"key":"b"}', "expected a completion with its key; text: Invalid input"],
    ["bytes lost", "\0\0\0", "expected one JSON value a line"],
  ])("names file and line where it is damaged: %s", (_, line, expected) => {
    const path = toPath();
    const whole = toLine("a", toSaid("1"));
    writeFileSync(path, `${whole}\n${line}\n${whole}`);
    for (const open of [() => openJournal(path, silent), () => readJournal(path)])
      expect(open).toThrow(`${path}:3: ${expected}`);
  });

  it("says where it cannot be written or read", () => {
    const path = "/nowhere/journal.jsonl";
    expect(() => openJournal(path, silent)).toThrow(`cannot write ${path}: ENOENT`);
    expect(() => readJournal(path)).toThrow(`cannot read ${path}: ENOENT`);
  });

  it("may be two journals, one behind the other: the first line of a key counts", () => {
    const path = toPath();
    const lines = [
      toLine("a", toSaid("first")),
      toLine("b", toSaid("2")),
      toLine("a", toSaid("3")),
    ];
    writeFileSync(path, lines.join(""));
    const journal = openJournal(path, silent);
    expect(["a", "b"].map((key) => journal.find(key)?.text)).toEqual(["first", "2"]);
    journal.append("a", toSaid("4"));
    expect(journal.find("a")?.text).toBe("first");
    journal.close();
    expect(readFileSync(path, "utf8")).toBe(lines.join(""));
  });
});

describe("withJournal", () => {
  it("asks once and never again", async () => {
    const path = toPath();
    const { chat, asked } = toCounting();
    for (const _ of [1, 2, 3]) {
      const journal = openJournal(path, silent);
      const journalled = withJournal(chat, journal, []);
      expect((await journalled(request("a"))).text).toBe("asked a");
      expect((await journalled(request("a"))).text).toBe("asked a");
      journal.close();
    }
    expect(asked).toEqual(["a"]);
  });

  it("asks once for two who ask at once", async () => {
    const path = toPath();
    const { chat, asked } = toCounting();
    const journal = openJournal(path, silent);
    const journalled = withJournal(chat, journal, []);
    const [one, other] = await Promise.all([journalled(request("a")), journalled(request("a"))]);
    expect(other).toEqual(one);
    journal.close();
    expect(asked).toEqual(["a"]);
    expect(readKeys(path)).toEqual(["a"]);
  });

  it("copies what earlier journals hold, so that its own is whole", async () => {
    const path = toPath();
    const { chat, asked } = toCounting();
    const journal = openJournal(path, silent);
    const earlier = [toRecorded({ a: "earlier" }), toRecorded({ a: "later", b: "other" })];
    const journalled = withJournal(chat, journal, earlier);
    const texts = [];
    for (const key of ["a", "b", "c"]) texts.push((await journalled(request(key))).text);
    journal.close();
    expect(texts).toEqual(["earlier", "other", "asked c"]);
    expect(asked).toEqual(["c"]);
    expect(readKeys(path)).toEqual(["a", "b", "c"]);
  });

  it("writes nothing for a request that failed, and asks again", async () => {
    const path = toPath();
    const journal = openJournal(path, silent);
    let tries = 0;
    const failing: Chat = async () => {
      tries += 1;
      throw new Error(`no ${tries}`);
    };
    const journalled = withJournal(failing, journal, []);
    await expect(journalled(request("a"))).rejects.toThrow("no 1");
    await expect(journalled(request("a"))).rejects.toThrow("no 2");
    journal.close();
    expect(readFileSync(path, "utf8")).toBe("");
  });

  /** A chat that answers each key as it is told, with a journal. */
  function open(path: string, replies: Record<string, Partial<Completion>>) {
    const asked: string[] = [];
    const chat: Chat = async ({ key }) => {
      asked.push(key);
      return { ...toSaid(replies[key] ? "" : `asked ${key}`), ...replies[key] };
    };
    const journal = openJournal(path, silent);
    return { asked, journal, chat: withJournal(chat, journal, []) };
  }

  it("says what came from the journal, but for a batch's reply", async () => {
    const path = toPath();
    const first = open(path, { b: { text: "batched", ms: 0 } });
    for (const key of ["a", "b"])
      expect(await first.chat(request(key))).not.toHaveProperty("journaled");
    first.journal.close();
    const again = open(path, {});
    expect(await again.chat(request("a"))).toMatchObject({ journaled: true });
    expect(await again.chat(request("b"))).not.toHaveProperty("journaled");
    again.journal.close();
    expect(readFileSync(path, "utf8")).not.toContain("journaled");
  });

  it("keeps what is refused once something else was answered", async () => {
    const path = toPath();
    const { chat, journal } = open(path, { a: { refused: "no 1" }, c: { refused: "no 2" } });
    await chat(request("a"));
    expect(readFileSync(path, "utf8")).toBe("");
    for (const key of ["b", "c"]) await chat(request(key));
    journal.close();
    expect(readKeys(path)).toEqual(["a", "b", "c"]);
  });

  it("keeps nothing where the first three are refused in the same words, and asks them again", async () => {
    const path = toPath();
    const replies = Object.fromEntries(
      ["a", "b", "c"].map((key, i) => [key, { refused: `${i + 4096} tokens are too many` }]),
    );
    const { chat, journal } = open(path, replies);
    for (const key of ["a", "b"]) await chat(request(key));
    await expect(chat(request("c"))).rejects.toThrow(/^4098 tokens are too many$/);
    journal.close();
    const mended = open(path, {});
    for (const key of ["a", "b", "c"]) await mended.chat(request(key));
    mended.journal.close();
    expect(mended.asked).toEqual(["a", "b", "c"]);
  });

  it.each([
    ["other words", { a: "one", b: "two", c: "three" }],
    ["a journal with replies", { b: "same", c: "same", d: "same" }],
  ])("keeps refusals all the same with %s", async (_, words) => {
    const path = toPath();
    const refusals = Object.entries(words).map(([key, refused]) => [key, { refused }]);
    if (!("a" in words)) {
      const first = open(path, {});
      await first.chat(request("a"));
      first.journal.close();
    }
    const { chat, journal } = open(path, Object.fromEntries(refusals));
    for (const key of Object.keys(words)) await chat(request(key));
    journal.close();
    expect(readKeys(path).length).toBeGreaterThanOrEqual(3);
  });

  it("copies an earlier journal's whole answer in place of its own cut one", async () => {
    const path = toPath();
    const cut = open(path, { a: { text: "", finishReason: "length" } });
    await cut.chat({ ...request("a"), limit: 512 });
    cut.journal.close();
    const journal = openJournal(path, silent);
    const chat = withJournal(() => Promise.reject(), journal, [toRecorded({ a: "whole" })]);
    expect((await chat({ ...request("a"), limit: 2048 })).text).toBe("whole");
    expect(journal.find("a")?.text).toBe("whole");
    journal.close();
  });

  it("asks a cut answer again under a higher limit alone", async () => {
    const path = toPath();
    const cut = { text: "", finishReason: "length" };
    const ask = async (limit: number | undefined, reply?: Partial<Completion>) => {
      const { asked, chat, journal } = open(path, reply ? { a: reply } : {});
      const { text } = await chat({ ...request("a"), limit });
      journal.close();
      return [asked.length, text];
    };
    expect(await ask(512, cut)).toEqual([1, ""]);
    expect(await ask(512)).toEqual([0, ""]);
    expect(await ask(undefined)).toEqual([0, ""]);
    expect(await ask(2048, cut)).toEqual([1, ""]);
    expect(await ask(2048)).toEqual([0, ""]);
    expect(await ask(4096)).toEqual([1, "asked a"]);
    expect(await ask(8192)).toEqual([0, "asked a"]);
  });
});
