import { spawnSync } from "node:child_process";
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildScript, tempFolder } from "@seedling/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { type Log, openLog } from "../src/logs/log.ts";

const schema = z.object({ text: z.string() });
type Line = z.infer<typeof schema>;
const newPath = () => join(tempFolder(), "some.jsonl");
const open = (path: string, mode: "append" | "new" | "read" = "append", log = (_: string) => {}) =>
  openLog<Line>(path, schema, { holds: "a text", mode, log });
const texts = (log: Log<Line>) => Array.from(log.entries(), ([, { text }]) => text);
const toLines = (all: string[]) => all.map((text) => `${JSON.stringify({ text })}\n`).join("");

/** What `work` gives of an opened log. */
function use<R>(log: Log<Line>, work: (log: Log<Line>) => R): R {
  try {
    return work(log);
  } finally {
    log.close();
  }
}

describe("a log", () => {
  it("gives back every record, at once and once opened again", () => {
    const path = newPath();
    const all = fc.array(fc.string({ unit: "binary" }));
    fc.assert(
      fc.property(all, (given) => {
        use(open(path, "new"), (log) => {
          for (const [i, text] of given.entries()) expect(log.append({ text })).toBe(i);
          expect(given.map((_, i) => log.read(i).text)).toEqual(given);
          expect(texts(log)).toEqual(given);
        });
        for (const mode of ["append", "read"] as const)
          use(open(path, mode), (log) => {
            expect(log.length).toBe(given.length);
            expect(texts(log)).toEqual(given);
          });
      }),
      { numRuns: 30 },
    );
  });

  it("has each line in the file as soon as it is appended", () => {
    const path = newPath();
    use(open(path), (log) => {
      log.append({ text: "1" });
      expect(readFileSync(path, "utf8")).toBe('{"text":"1"}\n');
    });
  });

  it("loses, wherever it is cut, nothing but the line that was cut, and says so", () => {
    const path = newPath();
    const bytes = Buffer.from(toLines(["café 1", "café 2", "café 3"]));
    for (let end = 0; end <= bytes.length; end++) {
      writeFileSync(path, bytes.subarray(0, end));
      const whole = bytes.subarray(0, end).filter((byte) => byte === 10).length;
      const kept = ["café 1", "café 2", "café 3"].slice(0, whole);
      expect(use(open(path, "read"), texts)).toEqual(kept);
      expect(readFileSync(path)).toEqual(bytes.subarray(0, end));
      const logged: string[] = [];
      use(
        open(path, "append", (line) => logged.push(line)),
        (log) => log.append({ text: "4" }),
      );
      const torn = end > 0 && bytes[end - 1] !== 10;
      expect(logged).toEqual(
        torn ? [`${path}: removed a last line that was cut while being written`] : [],
      );
      expect(readFileSync(path, "utf8")).toBe(toLines([...kept, "4"]));
    }
  });

  it.each([
    ["no JSON", "{oops", "expected one JSON value a line"],
    ["another record", '{"other":1}', "expected a text; text: Invalid input"],
    ["no record", "7", "expected a text; Invalid input"],
    ["bytes lost", "\0\0\0", "expected one JSON value a line"],
  ])("names file and line where it is damaged: %s", (_, line, expected) => {
    const path = newPath();
    writeFileSync(path, `${toLines(["1"])}\n${line}\n${toLines(["2"])}`);
    for (const mode of ["append", "read"] as const)
      use(open(path, mode), (log) => {
        expect(() => texts(log)).toThrow(`${path}:3: ${expected}`);
        expect(() => log.read(2)).toThrow(`${path}:3: ${expected}`);
        expect(log.read(3).text).toBe("2");
      });
  });

  it("says where it cannot be written or read", () => {
    const path = "/nowhere/some.jsonl";
    for (const mode of ["append", "new"] as const)
      expect(() => open(path, mode)).toThrow(`cannot write ${path}: ENOENT`);
    expect(() => open(path, "read")).toThrow(`cannot read ${path}: ENOENT`);
    expect(() => open(tempFolder(), "read")).toThrow("expected a file, got a folder");
  });

  it("passes over blank lines, and goes on behind them", () => {
    const path = newPath();
    writeFileSync(path, `\n${toLines(["1"])}\n \n`);
    use(open(path), (log) => {
      expect(log.append({ text: "2" })).toBe(4);
      expect([...log.entries()]).toEqual([
        [1, { text: "1" }],
        [4, { text: "2" }],
      ]);
    });
  });

  it("is emptied where a new one is asked for", () => {
    const path = newPath();
    writeFileSync(path, toLines(["1"]));
    use(open(path, "new"), (log) => expect(log.append({ text: "2" })).toBe(0));
    expect(readFileSync(path, "utf8")).toBe(toLines(["2"]));
  });

  it("is read in slices, whatever the lines' lengths", () => {
    const path = newPath();
    const sizes = [1, 700_000, 500_000, 10, 3_000_000, 1_048_576, 7];
    const all = sizes.map((size, i) => `${i}${"é".repeat(size)}`);
    writeFileSync(path, toLines(all));
    expect(use(open(path), texts).filter((text, i) => text !== all[i])).toEqual([]);
  });

  it("that is only read leaves a torn line alone, and takes no line that comes later", () => {
    const path = newPath();
    const [first, second] = [toLines(["1"]), toLines(["2"])];
    writeFileSync(path, first + second.slice(0, 5));
    use(open(path, "read"), (log) => {
      appendFileSync(path, second.slice(5));
      expect(texts(log)).toEqual(["1"]);
    });
    expect(readFileSync(path, "utf8")).toBe(first + second);
  });

  it.skipIf(process.platform === "win32")("takes back what a full disk took in part", async () => {
    const path = newPath();
    const script = await buildScript('import "./fill-log.ts"', import.meta.dirname);
    const command = 'ulimit -f 4; exec "$0" "$1" "$2"';
    const filled = spawnSync("sh", ["-c", command, process.execPath, script, path]);
    const kept = readFileSync(path, "utf8").trim().split("\n");
    expect(filled.stdout.toString()).toMatch(
      `${kept.length} kept, then ExpectedError: cannot write ${path}: EFBIG`,
    );
    expect(kept.length).toBeGreaterThan(2);
    expect(kept.length).toBeLessThan(20);
    expect(readFileSync(path, "utf8").endsWith('x"\n')).toBe(true);
  });
});
