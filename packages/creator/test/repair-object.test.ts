import { caseCount } from "@seedling/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRepair, withoutOpenField } from "../src/reply/repair-object.ts";

const cutFields: [name: string, text: string, rest: string][] = [
  ["nothing", "", ""],
  ["a whole field", '{"a": "b"', '{"a": "b"'],
  ["a text without its end", '{"a": "b", "c": "d', '{"a": "b"'],
  ["a text just begun", '{"a": "b" ,\n "c" : "', '{"a": "b" '],
  ["a first field", '{ "c": "d', "{"],
  ["an escaped quote in it", '{"a": 1, "c": "d \\" e', '{"a": 1'],
  ["a backslash at its end", '{"a": 1, "c": "d \\', '{"a": 1'],
  ["an escaped backslash before a quote", '{"a": 1, "c": "d \\\\"', '{"a": 1, "c": "d \\\\"'],
  ["a brace in it: a quote is missing, not the rest", '{"a": 1, "c": "d}', '{"a": 1, "c": "d}'],
  ["a key without its end", '{"a": "b", "c', '{"a": "b", "c'],
  ["an option without its end", '{"a": ["b", "c', '{"a": ["b", "c'],
];

describe("withoutOpenField", () => {
  it.each(cutFields)("%s", (_, text, rest) => {
    expect(withoutOpenField(text)).toBe(rest);
  });

  it("agrees with a regular expression that takes longer", () => {
    const cutField = /,?\s*"[^"]*"\s*:\s*"(?:[^"\\}]|\\.)*\\?$/;
    const piece = fc.constantFrom(
      '"',
      '"',
      '"k": "',
      '"a":',
      ":",
      "\\",
      '\\"',
      "}",
      ",",
      " ",
      "\n",
      "x",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 25 }), (pieces) => {
        const text = pieces.join("");
        expect(withoutOpenField(text)).toBe(text.replace(cutField, ""));
      }),
      { numRuns: caseCount(20_000) },
    );
  });
});

describe("mending", () => {
  const broken = "{'a': \"it's\", b: [1, 2,]";

  it("gives the object that was meant", () => {
    expect(createRepair(broken.length)(broken)).toEqual({ a: "it's", b: [1, 2] });
  });

  it("gives up on what is no object, and on what cannot be mended", () => {
    const mend = createRepair(100);
    for (const text of ["", "{: : : ]]", '{"a":"[[[[[ http://\\,"a":&http://\\,"a":&'])
      expect(mend(text), text).toBeUndefined();
  });

  it("leaves alone what is long, and what is full of quotes or brackets", () => {
    const mend = createRepair(1e6);
    const passage = 'It\'s a "quoted" passage, (of some length). ';
    const toObject = (n: number) => `{"a": "${passage.repeat(n)}", b: 1}`;
    expect(mend(toObject(60))).toEqual({ a: passage.repeat(60), b: 1 });
    expect(mend(toObject(200))).toBeUndefined();
    expect(mend(`{"a": ${"[".repeat(3000)}`)).toBeUndefined();
    expect(mend(`{"a": "${'e"'.repeat(1500)}`)).toBeUndefined();
  });

  it("does so much for a reply, and more for a longer one", () => {
    const countMended = (length: number) => {
      const mend = createRepair(length);
      const object = `{a: "${"x ".repeat(3500)}"}`;
      let n = 0;
      while (mend(object)) n += 1;
      return n;
    };
    // 4,000,000 + 4 a character, at 200 + 7007 x (1 + 7007 / 500 + 1 brace) an object.
    expect(countMended(0)).toBe(35);
    expect(countMended(1e6)).toBe(71);
  });

  it("is enough for a megabyte of objects that are a little broken", () => {
    const object =
      "{'Options': ['True', 'False'], 'Answer': 'True', 'Question': 'Is the number even?',";
    const count = Math.floor((1 << 20) / object.length);
    const mend = createRepair(count * object.length);
    for (let i = 0; i < count; i++) if (!mend(object)) expect.fail(`object ${i} of ${count}`);
  });
});
