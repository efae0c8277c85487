import { describe, expect, it } from "vitest";
import { decodeJson, NestingError, parseJson, parseLine } from "../src/logs/json.ts";
import { splitByteLines } from "../src/logs/lines.ts";

describe("JSON from outside", () => {
  const lists = (levels: number) => `${"[".repeat(levels)}1${"]".repeat(levels)}`;
  const objects = (levels: number) => `${'{"a":'.repeat(levels)}1${"}".repeat(levels)}`;

  it.each([
    ["lists", lists],
    ["objects", objects],
  ])("is read down to 100 levels of %s, and no deeper", (_, nest) => {
    expect(JSON.stringify(decodeJson(nest(100)))).toBe(nest(100));
    for (const levels of [101, 20_000, 1_000_000])
      expect(() => decodeJson(nest(levels))).toThrow(
        new NestingError("nested deeper than 100 levels"),
      );
    expect(() => parseJson(`[12345678901234567890,${nest(20_000)}]`)).toThrow(NestingError);
  });

  it.each([
    ['{"key": sk-abcdefgh}', "Unexpected token 's'"],
    ['[1, "sk-abcdefgh", x, "a\n"]', "Unexpected token 'x'"],
    [`[${'"long text", '.repeat(20)} x]`, "Unexpected token 'x'"],
    ['{"a": 1', "Expected ',' or '}' after property value in JSON at position 7"],
  ])("is not quoted by the error of %j", (text, message) => {
    expect(() => decodeJson(text)).toThrow(SyntaxError);
    expect(() => parseLine(text, "a.jsonl:3")).toThrow(
      `a.jsonl:3: expected one JSON value a line (${message}`,
    );
    expect(() => decodeJson(text)).not.toThrow(/abcdefgh|long/);
  });
});

describe("bytes are split into lines", () => {
  const split = async (chunks: readonly string[], most?: number) => {
    const stream = (async function* () {
      for (const chunk of chunks) yield Buffer.from(chunk);
    })();
    const lines: (string | null)[] = [];
    for await (const line of splitByteLines(stream, most))
      lines.push(line === null ? null : line.toString());
    return lines;
  };

  it.each([
    [[], []],
    [["a\nb\n\n"], ["a", "b", ""]],
    [
      ["a", "b\n\nc\r", "\nd"],
      ["ab", "", "c\r", "d"],
    ],
    [["\u2028x\u0085\n"], ["\u2028x\u0085"]],
    [["a\0\n\0"], ["a\0"]],
  ])("%j", async (chunks, lines) => {
    expect(await split(chunks)).toEqual(lines);
  });

  it("wherever chunks end, and those that are too long are left out", async () => {
    const text = "12345\n123456\n1\n1234567\n12345";
    const whole = ["12345", null, "1", null, "12345"];
    for (let at = 0; at < text.length; at++)
      expect(await split([text.slice(0, at), text.slice(at)], 5)).toEqual(whole);
    expect(await split([...text], 5)).toEqual(whole);
  });
});
