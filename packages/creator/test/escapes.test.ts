import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mendEscapes } from "../src/reply/escapes.ts";

const raw = String.raw;

/** Raw contents of JSON strings, and the texts that they mean. */
const cases: [what: string, written: string, meant: string][] = [
  // Escapes that JSON does not have
  ["LaTeX", raw`$\alpha \cdot \gamma$`, raw`$\alpha \cdot \gamma$`],
  ["a regular expression", raw`\d+\s*\w`, raw`\d+\s*\w`],
  ["word limits beside it", raw`\b\d{3}\b`, raw`\b\d{3}\b`],
  ["LaTeX's brackets", raw`\(x\) and \[y\]`, raw`\(x\) and \[y\]`],
  ["Markdown's escapes", raw`snake\_case \* \$5 \#1 \& 5\%`, raw`snake\_case \* \$5 \#1 \& 5\%`],
  ["LaTeX's spaces", raw`a\,b\;c\!d\ e`, raw`a\,b\;c\!d\ e`],
  [
    "\\u without its digits",
    raw`\usepackage and \u12 \upsilon`,
    raw`\usepackage and \u12 \upsilon`,
  ],
  ["octal and hexadecimal", raw`\0 \x41 \033[0m`, raw`\0 \x41 \033[0m`],
  ["a backslash at the end", "a\\", "a\\"],
  ["an escaped apostrophe", raw`it\'s`, "it's"],
  ["an escaped backtick", "\\`ls\\`", "`ls`"],

  // Backspaces and form feeds
  ["\\frac", raw`\frac{1}{2}`, raw`\frac{1}{2}`],
  ["\\beta alone", raw`\beta`, raw`\beta`],
  ["\\bar, \\bf, \\forall, \\binom", raw`\bar \bf \forall \binom`, raw`\bar \bf \forall \binom`],
  ["a backspace before no letter", raw`a\b`, "a\b"],
  ["a form feed before a digit", raw`a\f2`, "a\f2"],

  // Tabs, line feeds and carriage returns
  ["\\theta in dollars", raw`$\theta$`, raw`$\theta$`],
  ["\\times in dollars", raw`$2 \times 3$`, raw`$2 \times 3$`],
  ["\\nu, \\neq, \\nabla", raw`$\nu \neq \nabla$`, raw`$\nu \neq \nabla$`],
  ["\\rho, \\rightarrow", raw`$\rho \rightarrow \rangle$`, raw`$\rho \rightarrow \rangle$`],
  ["\\text beside a brace", raw`\text{km}`, raw`\text{km}`],
  ["\\theta beside brackets", raw`\(2\theta\)`, raw`\(2\theta\)`],
  ["\\tau beside a broken escape", raw`\alpha + \tau`, raw`\alpha + \tau`],
  ["\\theta_1 and \\times2", raw`$\theta_1 \times2$`, raw`$\theta_1 \times2$`],
  ["\\theta alone", raw`\theta`, "\theta"],
  ["a longer word", raw`$5\tables`, "$5\tables"],
  ["a name in capitals", raw`$5\Theta \nEQ`, `$5\\Theta \nEQ`],
  ["a line feed in maths", raw`$\alpha$.\nLet x`, "$\\alpha$.\nLet x"],
  ["a line feed before a word", raw`It costs $5.\nnew and used`, "It costs $5.\nnew and used"],
  ["tabs in code", raw`if (x) {\n\treturn 1;\n}`, "if (x) {\n\treturn 1;\n}"],
  ["a line feed before i", raw`I paid $5\ni think`, "I paid $5\ni think"],
  ["an abbreviation on a new line", raw`It costs $5,\ne.g. more`, "It costs $5,\ne.g. more"],
  [
    "a price and a list",
    raw`Which costs $5?\na) x\nd) w\ne) none`,
    "Which costs $5?\na) x\nd) w\ne) none",
  ],
  ["a price and a short word", raw`Price $5.\nu r ok`, "Price $5.\nu r ok"],
  [
    "two prices",
    raw`From $5 to $6,\nto be paid: $7-$8\tin all`,
    "From $5 to $6,\nto be paid: $7-$8\tin all",
  ],
  ["a price with its dollar behind", raw`It costs 5$.\nu r ok`, "It costs 5$.\nu r ok"],
  ["a brace", raw`{x}\tan extra`, "{x}\tan extra"],
  ["a list behind a formula", raw`What is $x+1$?\nd) 1\ne) none`, "What is $x+1$?\nd) 1\ne) none"],
  [
    "a list behind LaTeX",
    raw`What is $\alpha$?\nd) 1\ne) none`,
    "What is $\\alpha$?\nd) 1\ne) none",
  ],
  ["a formula behind a price", raw`For $5: $a \neq b$`, raw`For $5: $a \neq b$`],
  ["dollars with spaces", raw`$ x \times y $`, raw`$ x \times y $`],
  ["two dollars each", raw`$$2 \times 3$$`, raw`$$2 \times 3$$`],
  ["braces behind ^ and _", raw`x^{2} \times y_{1}`, raw`x^{2} \times y_{1}`],
  ["columns", raw`name\tage\r\nAnn\t5`, "name\tage\r\nAnn\t5"],

  // Paths
  ["a drive", raw`C:\new`, raw`C:\new`],
  ["segments", raw`C:\temp\readme.txt`, raw`C:\temp\readme.txt`],
  ["segments with broken escapes", raw`D:\Users\tom\notes`, raw`D:\Users\tom\notes`],
  ["a lower-case drive", raw`c:\bin\node`, raw`c:\bin\node`],
  ["a space in a segment", raw`C:\Program Files\nodejs`, raw`C:\Program Files\nodejs`],
  ["\\u in a path", raw`C:\users\ubuntu`, raw`C:\users\ubuntu`],
  ["a relative path", raw`run ..\tools\run.bat`, raw`run ..\tools\run.bat`],
  ["a registry key", raw`HKLM\Software\test`, raw`HKLM\Software\test`],
  ["a variable", raw`%APPDATA%\npm`, raw`%APPDATA%\npm`],
  ["a path after a line feed", raw`See\nC:\temp`, `See\nC:\\temp`],
  ["escaped separators", raw`C:\\temp\\new`, raw`C:\temp\new`],
  ["a line after a path", raw`C:\\temp\nThen`, "C:\\temp\nThen"],
  ["a line after a path with single separators", raw`C:\temp\nThen`, "C:\\temp\nThen"],
  ["turns of a dialogue", raw`Q:\nWhat?\nA:\nThis.`, "Q:\nWhat?\nA:\nThis."],
  ["a line after dots", raw`and then...\nnothing`, "and then...\nnothing"],
  ["a ratio", raw`1:\t2`, "1:\t2"],

  // Escapes that JSON has
  ["all of them", raw`\" \\ \/ \n \r \t \u00e9`, '" \\ / \n \r \t é'],
  ["escaped LaTeX", raw`$\\frac{1}{2} \\times \\nu$`, raw`$\frac{1}{2} \times \nu$`],
  ["an escaped backslash before n", raw`\\n is a line feed`, raw`\n is a line feed`],
  ["surrogates", raw`\ud83c\udf31`, "🌱"],
  ["nothing", "plain", "plain"],
];

describe("a JSON string's backslashes", () => {
  it.each(cases)("%s", (_, written, meant) => {
    expect(JSON.parse(`"${mendEscapes(written)}"`)).toBe(meant);
  });

  it("that JSON wrote stay, but for maths in a text that is not escaped", () => {
    const text = fc.string({ unit: "grapheme" }).filter((one) => !/[\b\f\\$%{~.:]/.test(one));
    fc.assert(
      fc.property(text, (one) => {
        expect(JSON.parse(`"${mendEscapes(JSON.stringify(one).slice(1, -1))}"`)).toBe(one);
      }),
    );
  });

  it("are always such as JSON has, when mended", () => {
    const pieces = fc.array(fc.constantFrom("\\", "u", "n", "t", "b", "C:", "$", " ", "00e9", "'"));
    fc.assert(
      fc.property(pieces, (parts) => {
        const mended = mendEscapes(parts.join(""));
        expect(() => JSON.parse(`"${mended}"`)).not.toThrow();
      }),
      { numRuns: 2000 },
    );
  });
});
