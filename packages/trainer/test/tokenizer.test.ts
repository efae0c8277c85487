import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openBackend, openTokenizer } from "@seedling/core/internal";
import { part, tempFolder } from "@seedling/testing";
import { describe, expect, it } from "vitest";
import { openFrozenEncoder } from "../src/features/frozen-encoder.ts";
import golden from "./fixtures/tokenizers/golden.json" with { type: "json" };
import { toyCheckpoint } from "./toy-student.ts";

interface WordsTokenizer {
  added_tokens: { content: string; id?: number }[];
  model: { vocab: Record<string, number>; unk_token: string | null };
  post_processor: unknown;
}

const fixtures = join(import.meta.dirname, "fixtures/tokenizers");
const folders = {
  minilm: part("minilm"),
  mpnet: part("mpnet"),
  roberta: join(fixtures, "tiny-roberta"),
};

describe.each(["minilm", "mpnet", "roberta"] as const)("the tokenizer of %s", (name) => {
  const folder = folders[name];
  it.skipIf(!folder)("gives what Python's gives", async () => {
    const { rows } = golden[name];
    const tokenizer = await openTokenizer(folder ?? "");
    golden.pairs.forEach(([first = "", second = ""], at) => {
      const row = rows[at];
      const pair = tokenizer.encode(first, second, 96);
      expect(pair.ids).toEqual(row?.ids);
      expect(pair.tokens).toBe(row?.tokens);
      const seconds = row?.seconds ?? 0;
      expect(pair.typeIds).toEqual(pair.ids.map((_, i) => (i < pair.ids.length - seconds ? 0 : 1)));
      expect(tokenizer.encode(first, null, 16).ids).toEqual(row?.single);
    });
  });
});

describe("openTokenizer", () => {
  it("cuts the second text first, then the first, and leaves special tokens", async () => {
    const tokenizer = await openTokenizer(folders.roberta);
    const [first, second] = ["Where would you", "find a cat?"];
    const whole = tokenizer.encode(first, second, 100);
    const [one, two] = [first, second].map((text) =>
      tokenizer.encode(text, null, 100).ids.slice(1, -1),
    );
    expect(whole.ids).toEqual([0, ...(one ?? []), 2, 2, ...(two ?? []), 2]);
    const cut = (size: number) => tokenizer.encode(first, second, size);
    expect(cut(whole.tokens - 1).ids).toEqual([
      0,
      ...(one ?? []),
      2,
      2,
      ...(two?.slice(0, -1) ?? []),
      2,
    ]);
    expect(cut(6).ids).toEqual([0, ...(one?.slice(0, 2) ?? []), 2, 2, 2]);
    expect(cut(1)).toMatchObject({
      ids: [0, 2, 2, 2],
      typeIds: [0, 0, 0, 0],
      tokens: whole.tokens,
    });
  });

  it.each([
    [
      "WordPiece",
      join(fixtures, "tiny-words"),
      "the good sky is a tree of water",
      "bad whale",
      "stone river town",
    ],
    ["BPE", folders.roberta, "Where would you find a cat?", "find you", "would a cat"],
  ])(
    "of %s truncates around an option, in a text and in a pair",
    async (_, folder, question, option, context) => {
      const tokenizer = await openTokenizer(folder);
      const bare = (text: string) => {
        const [open, close] = [
          tokenizer.encode("", null, 9).ids[0],
          tokenizer.encode("", null, 9).ids.at(-1),
        ];
        return tokenizer.encode(text, null, 99).ids.filter((id) => id !== open && id !== close);
      };
      const [before, behind] = [bare(question), bare(` ${context}`)];
      const alone = {
        text: `${question} ${option} ${context}`,
        option: [question.length, question.length + option.length + 1],
      } as const;
      const second = { text: `${option} ${context}`, option: [0, option.length] } as const;
      for (const [middle, encode] of [
        [bare(` ${option}`), (longest: number) => tokenizer.encode(alone, null, longest)],
        [bare(option), (longest: number) => tokenizer.encode(question, second, longest)],
      ] as const) {
        const whole = encode(99);
        const content = [...before, ...middle, ...behind];
        const specials = whole.ids.length - content.length;
        const read = (longest: number) => {
          const { ids, typeIds, tokens, cutsOption } = encode(longest);
          expect(typeIds).toHaveLength(ids.length);
          expect([tokens, cutsOption]).toEqual([whole.tokens, false]);
          return ids.filter((id) => content.includes(id));
        };
        expect(read(99)).toEqual(content);
        const kept = before.length + middle.length;
        expect(read(specials + kept + 1)).toEqual(content.slice(0, kept + 1));
        expect(read(specials + kept)).toEqual([...before, ...middle]);
        expect(read(specials + kept - 2)).toEqual([...before.slice(0, -2), ...middle]);
        expect(read(specials + 2 * middle.length)).toEqual([
          ...before.slice(0, middle.length),
          ...middle,
        ]);
        const short = encode(specials + 2);
        expect(short.cutsOption).toBe(true);
        expect(short.ids.filter((id) => content.includes(id))).toEqual([before[0], middle[0]]);
      }
    },
  );

  const both = "expected a tokenizer, in tokenizer.json and tokenizer_config.json, got no ";
  it.each<[string, Record<string, string>, string]>([
    ["no tokenizer.json", { "tokenizer_config.json": "{}" }, `${both}tokenizer.json;`],
    ["no tokenizer_config.json", { "tokenizer.json": "{}" }, `${both}tokenizer_config.json; put`],
    [
      "a tokenizer.json that says nothing",
      { "tokenizer.json": "{}", "tokenizer_config.json": "{}" },
      "expected a tokenizer for transformers.js in tokenizer.json and tokenizer_config.json, which",
    ],
  ])("refuses a folder with %s", async (_, files, said) => {
    const folder = tempFolder(files);
    await expect(openTokenizer(folder)).rejects.toThrow(`${folder}: ${said}`);
  });

  it.each([
    ["{", 'a text that begins "{"'],
    ["<html>log in</html>", 'a page that begins "<html>log in</html>"'],
    ["version https://git-lfs.github.com/spec/v1", "a pointer of Git LFS: `git lfs pull`"],
    ["", "none (Unexpected end"],
  ])("says what a tokenizer.json of %j is", async (content, found) => {
    const folder = tempFolder({ "tokenizer.json": content, "tokenizer_config.json": "{}" });
    await expect(openTokenizer(folder)).rejects.toThrow(
      `${join(folder, "tokenizer.json")}: expected a tokenizer, got ${found}`,
    );
  });

  /** The words' tokenizer with another tokenizer.json, and a model that fits it. */
  function changeWords(change: (json: WordsTokenizer) => void): string {
    const folder = toyCheckpoint("tiny-bert");
    const path = join(folder, "tokenizer.json");
    const json: WordsTokenizer = JSON.parse(readFileSync(path, "utf8"));
    change(json);
    writeFileSync(path, JSON.stringify(json));
    return folder;
  }
  const forget = (json: WordsTokenizer, token: string) => {
    delete json.model.vocab[token];
    json.added_tokens = json.added_tokens.filter(({ content }) => content !== token);
  };

  it.each<[string, (json: WordsTokenizer) => void, string]>([
    [
      "an unknown token that it lacks",
      (json) => forget(json, "[UNK]"),
      "expected an id for every token, got none for",
    ],
    [
      "another unknown token",
      (json) => {
        json.model.unk_token = "<unk>";
      },
      "expected an id for every token, got none for",
    ],
    [
      "no unknown token",
      (json) => {
        json.model.unk_token = null;
      },
      "expected an id for every token",
    ],
  ])("refuses one with %s", async (_, change, message) => {
    const folder = changeWords(change);
    await expect(openTokenizer(folder)).rejects.toThrow(`${folder}: ${message}`);
  });

  it.each<[object, string]>([
    [
      { vocab: { a: 0, b: 1.5 } },
      'token "b": expected a whole number from 0 to 10000000 as its id, got 1.5',
    ],
    [
      { vocab: { a: -1 } },
      'token "a": expected a whole number from 0 to 10000000 as its id, got -1',
    ],
    [{ vocab: { ["__proto__"]: 1e9 } }, 'token "__proto__": expected a whole number'],
    [{ vocab: { a: "0" } }, 'token "a": expected a whole number'],
    [
      { max_input_chars_per_word: 1001 },
      "expected a tokenizer: ✖ expected at most 1000, got 1001\n  → at model.max_input_chars_per_word",
    ],
  ])("refuses a model of %j", async (changes, said) => {
    const folder = changeWords((json) => Object.assign(json.model, changes));
    await expect(openTokenizer(folder)).rejects.toThrow(`${folder}/tokenizer.json: ${said}`);
  });

  it.each([1e30, 10_000_001, -1, 0.5])("refuses an added token with the id %d", async (id) => {
    const folder = changeWords((json) => json.added_tokens.push({ content: "x", id }));
    await expect(openTokenizer(folder)).rejects.toThrow(
      `${folder}/tokenizer.json: expected a tokenizer: ✖ expected a whole number from 0 to 10000000, got ${id}\n  → at added_tokens`,
    );
  });

  it.each([{ max_input_chars_per_word: 1000 }, { type: "WordPiece" }])(
    "takes a model of %j",
    async (changes) => {
      const folder = changeWords((json) => {
        json.model.vocab.largest = 10_000_000;
        Object.assign(json.model, changes);
      });
      const { ids } = (await openTokenizer(folder)).encode("largest", null, 9);
      expect(ids.filter((id) => id === 10_000_000)).toHaveLength(1);
    },
  );

  it("refuses a class of its configuration that is no tokenizer, or takes it as unknown", async () => {
    const folder = changeWords(() => {});
    const config = join(folder, "tokenizer_config.json");
    const whole = (await openTokenizer(folder)).encode("the good sky", null, 9).ids;
    for (const name of ["AutoTokenizer", "AutoModel", "__proto__", "NoSuchTokenizerFast"]) {
      writeFileSync(config, JSON.stringify({ tokenizer_class: name }));
      expect((await openTokenizer(folder)).encode("the good sky", null, 9).ids).toEqual(whole);
    }
    writeFileSync(config, '{"tokenizer_class": 7}');
    await expect(openTokenizer(folder)).rejects.toThrow(`${config}: expected a JSON object`);
  });

  it("gives a text without a token the unknown one, where there are no special ones", async () => {
    const folder = changeWords((json) => {
      json.post_processor = null;
    });
    const tokenizer = await openTokenizer(folder);
    const unknown = { ids: [1], typeIds: [0], tokens: 1, cutsOption: false };
    expect(tokenizer.encode("", null, 8)).toEqual(unknown);
    expect(tokenizer.encode(" ", "\u200b", 8)).toEqual(unknown);
    expect(tokenizer.encode("", "zzz", 8)).toEqual(unknown);
    const named = { encoder: folder, runtime: "tfjs", maxLength: 8, dtype: null } as const;
    const embed = await openFrozenEncoder(named, { backend: await openBackend({ force: "wasm" }) });
    const [blank, spaces, word] = await embed.embed(["", "  ", "zzz"]);
    expect(blank).toMatchObject({ tokens: 1, kept: 1 });
    expect(Math.hypot(...(blank?.vector ?? []))).toBeCloseTo(1, 5);
    expect([spaces, word]).toEqual([blank, blank]);
    await embed.dispose();
  });

  it("takes ModernBERT's: byte-level BPE between [CLS] and [SEP], without segments", async () => {
    const read = (name: string) => JSON.parse(readFileSync(join(folders.roberta, name), "utf8"));
    const json = read("tokenizer.json");
    const names = new Map([
      ["<s>", "[CLS]"],
      ["</s>", "[SEP]"],
      ["<pad>", "[PAD]"],
      ["<unk>", "[UNK]"],
      ["<mask>", "[MASK]"],
    ]);
    for (const token of json.added_tokens) {
      const name = `${names.get(token.content)}`;
      delete json.model.vocab[token.content];
      json.model.vocab[name] = token.id;
      token.content = name;
    }
    // Runs of spaces are tokens of their own there.
    json.added_tokens.push({ id: 700, content: "   ", normalized: true, special: false });
    const [cls, a, sep, b] = ["[CLS]", "A", "[SEP]", "B"].map((id) =>
      id.length > 1 ? { SpecialToken: { id, type_id: 0 } } : { Sequence: { id, type_id: 0 } },
    );
    json.normalizer = { type: "NFC" };
    json.post_processor = {
      type: "TemplateProcessing",
      single: [cls, a, sep],
      pair: [cls, a, sep, b, sep],
      special_tokens: {
        "[CLS]": { id: "[CLS]", ids: [0], tokens: ["[CLS]"] },
        "[SEP]": { id: "[SEP]", ids: [2], tokens: ["[SEP]"] },
      },
    };
    const folder = tempFolder({
      "tokenizer.json": JSON.stringify(json),
      "tokenizer_config.json": JSON.stringify({
        tokenizer_class: "PreTrainedTokenizerFast",
        model_max_length: 8192,
        model_input_names: ["input_ids", "attention_mask"],
        ...{ cls_token: "[CLS]", sep_token: "[SEP]", pad_token: "[PAD]", unk_token: "[UNK]" },
      }),
    });
    const [tokenizer, roberta] = [
      await openTokenizer(folder),
      await openTokenizer(folders.roberta),
    ];
    const bare = (text: string) => roberta.encode(text, null, 999).ids.slice(1, -1);
    const [first, second] = ["Where would you find a café?", "in a town"];
    const pair = tokenizer.encode(first, second, 8192);
    expect(pair.ids).toEqual([0, ...bare(first), 2, ...bare(second), 2]);
    expect(new Set(pair.typeIds)).toEqual(new Set([0]));
    expect(tokenizer.encode(first.normalize("NFD"), second, 8192)).toEqual(pair);
    expect(tokenizer.encode("a   cat", null, 9).ids).toEqual([
      0,
      ...bare("a"),
      700,
      ...bare("cat"),
      2,
    ]);
    const long = tokenizer.encode("a ".repeat(9000), null, 8192);
    expect(long.ids).toHaveLength(8192);
    expect([long.ids.at(-1), long.tokens > 9000]).toEqual([2, true]);
  });

  it("takes files with a byte order mark", async () => {
    const names = ["tokenizer.json", "tokenizer_config.json"];
    const files = names.map((name) => [
      name,
      `\uFEFF${readFileSync(join(folders.roberta, name), "utf8")}`,
    ]);
    const marked = await openTokenizer(tempFolder(Object.fromEntries(files)));
    expect(marked.encode("a cat", null, 16)).toEqual(
      (await openTokenizer(folders.roberta)).encode("a cat", null, 16),
    );
  });

  it("takes one without a token for padding: nothing is padded", async () => {
    const read = (name: string) => readFileSync(join(folders.roberta, name), "utf8");
    const { pad_token, ...config } = JSON.parse(read("tokenizer_config.json"));
    expect(pad_token).toBeDefined();
    const folder = tempFolder({
      "tokenizer.json": read("tokenizer.json"),
      "tokenizer_config.json": JSON.stringify(config),
    });
    const [without, whole] = [await openTokenizer(folder), await openTokenizer(folders.roberta)];
    expect(without.encode("a cat", "two", 16)).toEqual(whole.encode("a cat", "two", 16));
  });
});
