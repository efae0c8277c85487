import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Chat, Completion } from "../src/ask/chat.ts";
import { openJournal, openReplay, parseJournal, withJournal } from "../src/ask/journal.ts";
import { toSaid } from "./shapes.ts";
import { toTemporary } from "./temporary.ts";

const silent = () => {};
const request = (key: string) => ({ key, messages: [], seed: 1 });
const toPath = () => join(toTemporary(), "journal.jsonl");

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
        fc.uniqueArray(fc.tuple(fc.uuid(), completion), { selector: ([key]) => key }),
        (all) => {
          writeFileSync(path, "");
          const journal = openJournal(path, silent);
          for (const [key, one] of all) journal.append(key, one);
          for (const [key, one] of all) expect(journal.find(key)).toEqual(one);
          journal.close();
          const again = openJournal(path, silent);
          const wellFormed = (one: Completion) => JSON.parse(JSON.stringify(one));
          for (const [key, one] of all) expect(again.find(key)).toEqual(wellFormed(one));
          again.close();
        },
      ),
      { numRuns: 30 },
    );
  });

  it("has each completion on disk as soon as it is appended", () => {
    const path = toPath();
    const journal = openJournal(path, silent);
    journal.append("a", toSaid("1"));
    expect(parseJournal(readFileSync(path, "utf8"), path).get("a")).toEqual(toSaid("1"));
    journal.close();
  });

  it("loses, wherever it is cut, nothing but the line that was cut, and says so", () => {
    const path = toPath();
    const journal = openJournal(path, silent);
    for (const key of ["a", "b", "c"]) journal.append(key, toSaid(`caf\u00e9 ${key}`));
    journal.close();
    const bytes = readFileSync(path);
    const second = bytes.indexOf(10) + 1;
    for (let end = second; end <= bytes.length; end++) {
      writeFileSync(path, bytes.subarray(0, end));
      const notices: string[] = [];
      const cut = openJournal(path, (line) => notices.push(line));
      const whole = bytes.subarray(0, end).filter((byte) => byte === 10).length;
      expect(["a", "b", "c"].filter((key) => cut.find(key))).toHaveLength(whole);
      const torn = bytes[end - 1] !== 10;
      expect(notices).toEqual(
        torn ? [`${path}: removed a last line that was cut while being written`] : [],
      );
      cut.append("d", toSaid("d"));
      cut.close();
      const keys = [...parseJournal(readFileSync(path, "utf8"), path).keys()];
      expect(keys).toEqual([...["a", "b", "c"].slice(0, whole), "d"]);
    }
  });

  it.each([
    ["no JSON", "{oops", "expected one JSON value a line"],
    ["no completion", '{"key":"b"}', "expected a completion with its key; text:"],
    ["bytes lost", "\0\0\0", "expected one JSON value a line"],
  ])("names file and line where it is damaged: %s", (_, line, expected) => {
    const path = toPath();
    const whole = JSON.stringify({ key: "a", ...toSaid("1") });
    writeFileSync(path, `${whole}\n${line}\n${whole}\n`);
    expect(() => openJournal(path, silent)).toThrow(`${path}:2: ${expected}`);
  });

  it("says where it cannot be written", () => {
    expect(() => openJournal("/nowhere/journal.jsonl", silent)).toThrow(
      "cannot write /nowhere/journal.jsonl",
    );
  });

  it("passes over blank lines", () => {
    const path = toPath();
    const journal = openJournal(path, silent);
    journal.append("a", toSaid("1"));
    journal.close();
    appendFileSync(path, "\n\n");
    expect(openJournal(path, silent).find("a")).toEqual(toSaid("1"));
  });
});

describe("withJournal", () => {
  it("asks once and never again", async () => {
    const path = toPath();
    const { chat, asked } = toCounting();
    for (const _ of [1, 2, 3]) {
      const journal = openJournal(path, silent);
      const journalled = withJournal(chat, journal, new Map());
      expect((await journalled(request("a"))).text).toBe("asked a");
      expect((await journalled(request("a"))).text).toBe("asked a");
      journal.close();
    }
    expect(asked).toEqual(["a"]);
  });

  it("copies what an earlier journal holds, so that its own is whole", async () => {
    const path = toPath();
    const { chat, asked } = toCounting();
    const journal = openJournal(path, silent);
    const journalled = withJournal(chat, journal, new Map([["a", toSaid("earlier")]]));
    expect((await journalled(request("a"))).text).toBe("earlier");
    expect((await journalled(request("b"))).text).toBe("asked b");
    journal.close();
    expect(asked).toEqual(["b"]);
    const lines = parseJournal(readFileSync(path, "utf8"), path);
    expect([...lines.keys()]).toEqual(["a", "b"]);
  });

  it("writes nothing for a request that failed", async () => {
    const path = toPath();
    const journal = openJournal(path, silent);
    const failing = withJournal(() => Promise.reject(new Error("no")), journal, new Map());
    await expect(failing(request("a"))).rejects.toThrow("no");
    journal.close();
    expect(readFileSync(path, "utf8")).toBe("");
  });
});

describe("a replay", () => {
  it("answers what was recorded", async () => {
    expect(await openReplay(new Map([["a", toSaid("1")]]), "/r")(request("a"))).toEqual(
      toSaid("1"),
    );
  });

  it("names its folder where a reply is missing", async () => {
    await expect(openReplay(new Map(), "/r")(request("a"))).rejects.toThrow(
      "the recording in /r holds no reply for the next request",
    );
  });
});
