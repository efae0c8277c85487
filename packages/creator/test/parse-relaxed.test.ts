import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseObject } from "../src/reply/parse-relaxed.ts";

const raw = String.raw;
const mended: [what: string, text: string, value: object][] = [
  // Apostrophes in single-quoted texts
  [
    "apostrophes",
    `{'q': 'It's cup 1 and it doesn't hold', 'a': 'x'}`,
    { q: "It's cup 1 and it doesn't hold", a: "x" },
  ],
  [
    "plural apostrophes",
    `{'q': 'The dogs', cats' and birds' toys', 'a': 'x'}`,
    { q: "The dogs', cats' and birds' toys", a: "x" },
  ],
  [
    "quoted words and commas",
    `{'q': 'Say 'yes', 'no' or 'maybe' now', 'a': 'x'}`,
    { q: "Say 'yes', 'no' or 'maybe' now", a: "x" },
  ],
  ["an apostrophe last", `{'q': 'the dogs'', 'a': 'x'}`, { q: "the dogs'", a: "x" }],
  ["escaped apostrophes", raw`{'q': 'it\'s', 'a': 'x'}`, { q: "it's", a: "x" }],
  [
    "apostrophes in options",
    `{'o': ['it's', 'the dogs' toys', 'b'], 'a': 'b'}`,
    { o: ["it's", "the dogs' toys", "b"], a: "b" },
  ],
  ["double quotes in single ones", `{'q': 'a "b" c', 'a': 'x'}`, { q: 'a "b" c', a: "x" }],
  [
    "an apostrophe in double quotes beside single ones",
    `{'q': "it's", 'a': 'x'}`,
    { q: "it's", a: "x" },
  ],
  [
    "a colon behind an apostrophe",
    `{'q': 'the boss': who's that', 'a': 'x'}`,
    { q: "the boss': who's that", a: "x" },
  ],

  // # and // in texts, comments behind them
  [
    "a web address, then a comment",
    `{"q": "at http://a.example/b now" # note\n, "a": "x"}`,
    { q: "at http://a.example/b now", a: "x" },
  ],
  [
    "a comment last",
    `{"a": "x", "q": "see http://a.example" # it's a note\n}`,
    { a: "x", q: "see http://a.example" },
  ],
  ["a comment by slashes", `{"a": "x", // the answer\n "q": "y"}`, { a: "x", q: "y" }],
  ["a block comment", `{"a": "x", /* the answer */ "q": "y"}`, { a: "x", q: "y" }],
  [
    "quotes in comments between options",
    `{"o": ["positive", // good\n"negative", // bad, isn't "it"\n"neutral" // "so"\n], # "x" y\n"a": "x"}`,
    { o: ["positive", "negative", "neutral"], a: "x" },
  ],
  [
    "quotes in comments behind single-quoted texts",
    `{'o': ['positive', // it's 'good'\n'negative'], 'a': 'x' # isn't "it"\n}`,
    { o: ["positive", "negative"], a: "x" },
  ],
  [
    "# in a single-quoted text",
    `{'q': 'issue #1 // C# is 'fine'', 'a': 'x'}`,
    { q: "issue #1 // C# is 'fine'", a: "x" },
  ],
  [
    "# behind a quoted word",
    `{"q": "the song "Hey" # 1 hit", "a": "x",}`,
    { q: 'the song "Hey" # 1 hit', a: "x" },
  ],

  // Quotes that are not escaped
  ["a quoted word", `{"q": "is "this" it?", "a": "x"}`, { q: 'is "this" it?', a: "x" }],
  [
    "a quoted word last",
    `{"q": "who wrote "Emma"?", "a": "say "yes""}`,
    { q: 'who wrote "Emma"?', a: 'say "yes"' },
  ],
  [
    "a comma behind it",
    `{"q": "he said "no", and left", "a": "x"}`,
    { q: 'he said "no", and left', a: "x" },
  ],
  [
    "a colon behind it",
    `{"q": "the word "no": what is it?", "a": "x"}`,
    { q: 'the word "no": what is it?', a: "x" },
  ],
  ["a quoted option", `{"o": ["the "a" one", "b"], "a": "b"}`, { o: ['the "a" one', "b"], a: "b" }],
  ["curly quotes", "{“q”: “say ‘a’”, “a”: “x”}", { q: "say ‘a’", a: "x" }],
  [
    "curly quotes within straight ones",
    '{"q": "say “a”, then", "a": "x",}',
    { q: "say “a”, then", a: "x" },
  ],

  // Keys, values and brackets
  ["mixed keys", `{"q": "a", 'o': ['x', "y"], a: 'x'}`, { q: "a", o: ["x", "y"], a: "x" }],
  ["two commas", '{"q": "a",, "o": ["x",, "y"]}', { q: "a", o: ["x", "y"] }],
  ["three quotes", '{"q": """say "a" now""", "a": "x"}', { q: 'say "a" now', a: "x" }],
  ["JSON in single quotes", `{'q': 'it's {"a": 1}', 'a': 'x'}`, { q: `it's {"a": 1}`, a: "x" }],
  ["bare keys", '{q: "a", a: "x"}', { q: "a", a: "x" }],
  ["bare words", '{"q": "a", "a": positive}', { q: "a", a: "positive" }],
  ["Python's constants", '{"a": True, "b": False, "c": None}', { a: true, b: false, c: null }],
  ["missing commas", '{"o": ["a" "b"] "q": "c"\n"a": "x"}', { o: ["a", "b"], q: "c", a: "x" }],
  ["trailing commas", '{"o": ["a", "b",], "a": "x",}', { o: ["a", "b"], a: "x" }],
  ["an ellipsis", '{"o": ["a", "b", ...], "a": "x",}', { o: ["a", "b"], a: "x" }],
  ["line feeds in a text", '{"q": "a\nb\tc", "a": "x"}', { q: "a\nb\tc", a: "x" }],
  ["Windows line ends", '{"q": "a",\r\n"a": "x",\r\n}\r\n', { q: "a", a: "x" }],
  [
    "broken escapes and bare keys",
    raw`{q: "\d+ $\theta$", a: "C:\new"}`,
    { q: raw`\d+ $\theta$`, a: raw`C:\new` },
  ],
  ["braces in a text", '{"q": "the set {1, 2}", "a": "x",}', { q: "the set {1, 2}", a: "x" }],
  ["an empty text", '{"q": "", "a": "x",}', { q: "", a: "x" }],
  ["a long integer", '{"a": 9007199254740993,}', { a: "9007199254740993" }],
  ["a long decimal", '{"a": 12345678901234567890.5,}', { a: "12345678901234567890.5" }],
  ["a decimal that ends in 0", '{"o": [2.50, 2.5, -3],}', { o: ["2.50", 2.5, -3] }],
  ["objects in arrays", '{"e": [{"q": "a"}, {"q": "b"},]}', { e: [{ q: "a" }, { q: "b" }] }],

  // Ends that are missing
  ["the last brace", '{"q": "a", "a": "x"', { q: "a", a: "x" }],
  ["the last quote", '{"q": "a", "a": "x}', { q: "a", a: "x" }],
  ["a text that was cut", '{"q": "a", "a": "x y', { q: "a" }],
  ["a text that was cut in a list", '{"q": "a", "o": ["x", "y', { q: "a" }],
  ["a list that was cut", '{"q": "a", "o": ["x", "y"', { q: "a" }],
  ["a list of objects that was cut", '{"e": [{"q": "a"}, {"q": "b', { e: [{ q: "a" }, {}] }],
  ["a key that was cut", '{"q": "a", "an', { q: "a" }],
  ["a quoted word that was cut", '{"q": "a", "a": "say "no"', { q: "a" }],
  ["a second quoted word that was cut", '{"q": "a", "a": "say "no", "may', { q: "a" }],
  ["a word that was cut", '{"q": "a", "a": Tr', { q: "a" }],
];

const broken: [what: string, text: string][] = [
  ["semicolons between fields", '{"q": "a"; "o": ["x"]; "a": "x"}'],
  ["texts that are joined", '{"q": "a" + "b", "a": "x"}'],
  ["a sentence without quotes", '{"q": What is it, then?, "a": "x"}'],
  ["parentheses for brackets", '{"o": ("x", "y"), "a": "x"}'],
  ["nothing", ""],
  ["no values", '{"q": : : ]]"'],
  ["a quote missing before a key", '{"q": "a, "a": "x"}'],
  ["a quote missing in a list", '{"o": ["a", "b], "a": "x", "q": "y"}'],
  ["commas in quoted options", '{"o": ["say "hi", "yo" now", "b"], "a": "b"}'],
  ["two objects without a comma or brace", '{"q": "a" {"q": "b"}'],
  ["an escaped quote that ends a path", raw`{"q": "C:\", "a": "x"}`],
  ["an object as a key", '{{"q": "a"}}'],
  ["too deep", `{"a": ${"[".repeat(200)}x`],
];

describe("an object that is nearly JSON", () => {
  it.each(mended)("is read whole: %s", (_, text, value) => {
    expect(parseObject(text).value).toEqual(value);
  });

  it.each(broken)("is not guessed at: %s", (_, text) => {
    expect(parseObject(text).value).toBeUndefined();
  });

  it("is JSON's value where it is JSON, but for one comma too many", () => {
    const text = fc.string({ unit: fc.constantFrom(..."ab,#/{}[]' \n") });
    const value = fc.dictionary(
      fc.stringMatching(/^[a-z]{1,9}$/),
      fc.oneof(text, fc.array(text), fc.integer(), fc.boolean(), fc.constant(null)),
      { minKeys: 1 },
    );
    fc.assert(
      fc.property(value, (one) => {
        const json = JSON.stringify(one);
        const plain = JSON.parse(json);
        expect(parseObject(json)).toEqual({ value: plain, isJson: true });
        expect(parseObject(`${json.slice(0, -1)},}`)).toEqual({ value: plain, isJson: false });
      }),
      { numRuns: 2000 },
    );
  });
});
