import type { Random } from "@seedling/core/internal";

const pieces = [
  ...`"'{}[]():,\\+&\n\t `,
  "\0",
  "\x1b[2J",
  "\u007f",
  "\u2028",
  "\ufeff",
  "\ud83c",
  "\udf31",
  "🌱",
  "“",
  "”",
  "```",
  "\n\n",
  "<think>",
  "</think>",
  "null",
  "NaN",
  "-1e999",
  '{"a":',
  '"Question":',
  '"__proto__": {',
  "&quot;",
  "\\u00",
  "// ",
  "/*",
];

/** One change of a text, such as happens on its way or in a weak model. */
type Mutation = (text: string, random: Random) => string;

const at = (text: string, { int }: Random) => int(text.length + 1);

const insert: Mutation = (text, random) => {
  const place = at(text, random);
  return text.slice(0, place) + random.pick(pieces) + text.slice(place);
};

const mutations: Mutation[] = [
  insert,
  insert,
  insert,
  function remove(text, random) {
    const place = at(text, random);
    return text.slice(0, place) + text.slice(place + 1 + random.int(random.pick([3, 300])));
  },
  function cut(text, random) {
    return text.slice(0, at(text, random));
  },
  function loseTheBeginning(text, random) {
    return text.slice(at(text, random));
  },
  function repeat(text, random) {
    const [from, to] = [at(text, random), at(text, random)].sort((a, b) => a - b) as [
      number,
      number,
    ];
    return text.slice(0, to) + text.slice(from);
  },
  function repeatWithoutEnd(text, random) {
    const place = at(text, random);
    const piece = random.pick([text.slice(place, place + 1 + random.int(50)), random.pick(pieces)]);
    return text.slice(0, place) + piece.repeat(random.int(2000)) + text.slice(place);
  },
  function swap(text, random) {
    const [from, to] = [at(text, random), at(text, random)].sort((a, b) => a - b) as [
      number,
      number,
    ];
    return text.slice(to) + text.slice(from, to) + text.slice(0, from);
  },
  function flipBits(text, random) {
    const bytes = Buffer.from(text);
    for (let i = 1 + random.int(3); i > 0 && bytes.length > 0; i--) {
      const place = random.int(bytes.length);
      bytes[place] = (bytes[place] as number) ^ (1 << random.int(8));
    }
    return bytes.toString();
  },
  function wrap(text, random) {
    const depth = 1 + random.int(random.pick([4, 3000]));
    const [before, after] = random.pick([
      ['{"data":', "}"],
      ["[", "]"],
      ['{"a":[', "]}"],
      ["{", "}"],
    ]);
    return before?.repeat(depth) + text + (random.int(2) ? after?.repeat(depth) : "");
  },
  function quote(text, random) {
    return random.int(2) ? JSON.stringify(text) : `{"text": ${JSON.stringify(text)}}`;
  },
  function replaceAll(text, random) {
    const from = random.pick(['"', ":", ",", "{", "}", "\n", "]"]);
    return text.replaceAll(from, random.pick(["", from + from, "'", "\n", `\\${from}`]));
  },
];

/** Changes a text in one to four ways. */
export function mutate(text: string, random: Random): string {
  let mutated = text;
  for (let i = 1 + random.int(4); i > 0; i--) mutated = random.pick(mutations)(mutated, random);
  return mutated.slice(0, 200_000);
}
