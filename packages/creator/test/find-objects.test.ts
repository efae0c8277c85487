import { caseCount } from "@seedling/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findObjects } from "../src/reply/find-objects.ts";

const a = '{"q": "a"}';
const b = '{"q": "b", "o": ["x", "y"]}';

const cases: [name: string, text: string, objects: string[]][] = [
  ["nothing", "", []],
  ["no object", "I cannot help with that.", []],
  ["one", a, [a]],
  ["an array", `[${a}, ${b}]`, [a, b]],
  ["lines", `${a}\n${b}\n`, [a, b]],
  ["prose around", `Here:\n1. ${a}\n2. ${b}\nDone.`, [a, b]],
  ["a code fence", `\`\`\`json\n${a}\n\`\`\``, [a]],
  ["only the outermost", `{"examples": [${a}, ${b}]}`, [`{"examples": [${a}, ${b}]}`]],
  ["braces inside strings", '{"q": "a } b { c"}', ['{"q": "a } b { c"}']],
  ["escaped quotes inside strings", '{"q": "say \\"}\\" now"}', ['{"q": "say \\"}\\" now"}']],
  ["a backslash before the closing quote", '{"q": "a\\\\"} x', ['{"q": "a\\\\"}']],
  ["quotes before any object", `He said "${a}`, [a]],
  ["a missing last brace", '{"q": "a"', ['{"q": "a"']],
  ["a missing brace before the next", `{"q": "a"\n${b}`, ['{"q": "a"\n', b]],
  ["a missing bracket", `{"o": ["x", "q": "a"} ${b}`, ['{"o": ["x", "q": "a"}', b]],
  ["closing braces alone", `}}] ${a} }`, [a]],
  ["a stray quote spoils its line only", `{"q": a"}\n${b}`, ['{"q": a"}\n', b]],
];

describe("findObjects", () => {
  it.each(cases)("%s", (_, text, objects) => {
    expect(findObjects(text)).toEqual(objects);
  });

  it("finds every object, whatever junk without braces stands between", () => {
    const object = fc.dictionary(fc.string(), fc.jsonValue()).map((one) => JSON.stringify(one));
    const junk = fc.string().map((text) => text.replace(/[{}]/g, ""));
    fc.assert(
      fc.property(fc.array(fc.tuple(junk, object)), junk, (pairs, end) => {
        const text = pairs.map(([before, one]) => `${before}\n${one}\n`).join("") + end;
        expect(findObjects(text)).toEqual(pairs.map(([, one]) => one));
      }),
    );
  });

  it("takes its pieces from the text, in order and apart", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'{}[]":,\\\n a') }), (text) => {
        let from = 0;
        for (const object of findObjects(text)) {
          const at = text.indexOf(object, from);
          expect(at).toBeGreaterThanOrEqual(from);
          expect(object[0]).toBe("{");
          from = at + object.length;
        }
      }),
      { numRuns: caseCount(5000) },
    );
  });
});
