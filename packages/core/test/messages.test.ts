import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { renderMessage } from "../src/messages/plain-text.ts";
import { redact } from "../src/messages/redact.ts";
import {
  renderAbout,
  renderCount,
  renderSeconds,
  renderUsd,
  shortenModelName,
} from "../src/messages/render-numbers.ts";

describe("figures", () => {
  it.each([
    [0, "0 s"],
    [44.6, "45 s"],
    [59.6, "1 min"],
    [240, "4 min"],
    [250, "4 min 10 s"],
    [3599.6, "1 h"],
    [4320, "1 h 12 min"],
    [86_399, "1 d"],
    [86_400 + 3 * 3600, "1 d 3 h"],
  ])("%d seconds are %s", (seconds, text) => {
    expect(renderSeconds(seconds)).toBe(text);
  });

  it.each([
    [0, "example", "0 examples"],
    [1, "example", "1 example"],
    [1200, "example", "1,200 examples"],
    [1, "reply", "1 reply"],
    [2, "reply", "2 replies"],
    [2, "key", "2 keys"],
  ])("%d of %s are %s", (n, what, text) => {
    expect(renderCount(n, what)).toBe(text);
  });

  it.each([
    [0, "0"],
    [0.00000012345, "0.000000123"],
    [0.000131, "0.000131"],
    [0.05, "0.05"],
    [0.99949, "0.999"],
    [0.9999, "1.00"],
    [12.345, "12.35"],
    [1234.5, "1,234.50"],
  ])("%d USD are %s", (usd, text) => {
    expect(renderUsd(usd)).toBe(text);
  });

  it.each([
    [0, "0"],
    [119.6, "120"],
    [96_120, "96,100"],
    [1_234_567, "1,230,000"],
  ])("about %d is %s", (n, text) => {
    expect(renderAbout(n)).toBe(text);
  });

  it.each([
    ["/models/qwen2.5.gguf", "qwen2.5.gguf"],
    ["/models/minilm/", "minilm"],
    ["FacebookAI/roberta-large", "FacebookAI/roberta-large"],
    ["gpt-5.4-nano", "gpt-5.4-nano"],
  ])("the model %s is shown as %s", (model, shown) => {
    expect(shortenModelName(model)).toBe(shown);
  });
});

const gone = "[key removed]";

describe("redact removes", () => {
  it.each<[string, string, Record<string, string | undefined>, string]>([
    [
      "a key's value, wherever it stands",
      "at mykey123: (mykey123)",
      { OPENAI_API_KEY: "mykey123" },
      `at ${gone}: (${gone})`,
    ],
    ["a token's", "token=abc.def.ghi", { HF_TOKEN: "abc.def.ghi" }, `token=${gone}`],
    ["a secret's", "s3cr3t-value!", { MY_SECRET: "s3cr3t-value!" }, gone],
    ["a password's", "pass hunter2222", { DB_PASSWORD: "hunter2222" }, `pass ${gone}`],
    ["a value with a pattern's signs", "a.b*c(d)+ axbbc", { A_KEY: "a.b*c(d)+" }, `${gone} axbbc`],
    [
      "a value whose variable ends in a line feed",
      "got mykey123.",
      { A_KEY: "mykey123\n" },
      `got ${gone}.`,
    ],
    [
      "a value that begins with another's",
      "abcdef-longer abcdef",
      { A_KEY: "abcdef", B_KEY: "abcdef-longer" },
      `${gone} ${gone}`,
    ],
    [
      "what looks like OpenAI's key",
      "Incorrect API key provided: sk-proj-AbC_123-xyz.",
      {},
      `Incorrect API key provided: ${gone}.`,
    ],
    [
      "what looks like another's",
      "gsk_0123456789 hf_abcdefgh xai-01234567",
      {},
      `${gone} ${gone} ${gone}`,
    ],
    [
      "a bearer's header",
      '{"authorization":"Bearer abc123.def/45=="}',
      {},
      `{"authorization":"${gone}"}`,
    ],
    ["a basic header", "authorization: Basic dXNlcjpwYXNz", {}, `authorization: ${gone}`],
    ...["k-0a1b2c3d4e5f6g7h8i9j0", "correct-horse-battery-staple"].map(
      (value): [string, string, Record<string, string>, string] => [
        `the whole of ${value}, once`,
        `a ${value}${value} b`,
        { A_KEY: value },
        `a ${gone}${gone} b`,
      ],
    ),
    [
      "the parts of a long key",
      "0a1b2c3d4e5f6 and 3d4e5f6g7h8i",
      { A_KEY: "k-prefix0a1b2c3d4e5f6g7h8i9j0" },
      `${gone} and ${gone}`,
    ],
    [
      "a long key that was cut, but for its first letters",
      "k-prefix0a1b2c3d4e5f…",
      { A_KEY: "k-prefix0a1b2c3d4e5f6g7h8i9j0" },
      `k-prefix${gone}…`,
    ],
    ["a key as JSON writes it", '"a\\"b\\\\c1"', { A_KEY: 'a"b\\c1' }, `"${gone}"`],
    ["a key as a URL writes it", "?k=a%2Fb%2Bc%3D", { A_KEY: "a/b+c=" }, `?k=${gone}`],
    ["a key's words, if it has several", "got k3yk3y.", { A_KEY: "k3yk3y\nother" }, `got ${gone}.`],
    [
      "the values of the base URL's query, but for its version",
      "http://h/v1?api-version=2026-01-01&code=ab&sig=x%2Fy=, GET /v1/models?sig=x%2Fy=",
      { OPENAI_BASE_URL: "http://h/v1?api-version=2026-01-01&code=ab&sig=x%2Fy=" },
      `http://h/v1?api-version=2026-01-01&code=${gone}&sig=${gone}, GET /v1/models?sig=${gone}`,
    ],
    [
      "a long one of them wherever it stands",
      "sig abcdefghijklmnop",
      { OPENAI_BASE_URL: "http://h/v1?sig=abcdefghijklmnop" },
      `sig ${gone}`,
    ],
    [
      "a URL's credentials",
      "GET https://me:pass@host:8080/v1 failed",
      {},
      "GET https://host:8080/v1 failed",
    ],
    ["credentials with an at sign", "http://me:p@ss@host/v1", {}, "http://host/v1"],
    ["a user alone", "http://token@host", {}, "http://host"],
  ])("%s", (_, text, env, clean) => {
    expect(redact(text, env)).toBe(clean);
  });
});

describe("redact leaves", () => {
  it.each<[string, Record<string, string | undefined>]>([
    ["is a basic question of a standard bearer", {}],
    ["expected a Bearer token, or Basic authentication", {}],
    ["the risk-averse and task_oriented", {}],
    ["sk-short", {}],
    ["Xenova/all-mpnet-base-v2 and hf-internal-testing/tiny-random-bert", {}],
    ["http://127.0.0.1:8091/v1 https://raw.githubusercontent.com/a/b@c/d", {}],
    ["write to me@host.org, see https://host.org?mail=me@host.org", {}],
    ['created.jsonl:17: expected a label among the options ["True","False"]', {}],
    ["PATH /usr/bin, home /root", { PATH: "/usr/bin", HOME: "/root" }],
    ["a short key: abc", { A_KEY: "abc" }],
    ["an empty key", { A_KEY: "", B_TOKEN: undefined }],
    ["a keyboard", { KEYBOARD: "keyboard" }],
    ["k-prefix, 11 letters 0a1b2c3d4e5", { A_KEY: "k-prefix0a1b2c3d4e5f6g7h8i9j0" }],
    ["a part without a digit: abcdefghijklmnop", { A_KEY: "k-prefixabcdefghijklmnop0" }],
    ["a part of 11 of a key of 19: 0a1b2c3d4e5", { A_KEY: "k-prefix0a1b2c3d4e5" }],
    ["a word of a password: battery", { DB_PASSWORD: "correct horse battery" }],
    [
      "gpt-4 at http://h/v1?api-version=1",
      { OPENAI_BASE_URL: "http://h/v1?m=gpt-4&api-version=1" },
    ],
  ])("%j as it is", (text, env) => {
    expect(redact(text, env)).toBe(text);
  });
});

it("no value of a secret variable of six characters or more survives, whatever is around it", () => {
  const secret = fc.string({ minLength: 6 }).filter((s) => s.trim().length >= 6);
  fc.assert(
    fc.property(fc.string(), secret, fc.string(), (before, value, after) => {
      const clean = redact(before + value + after, { SOME_API_KEY: value });
      expect(clean.replaceAll(gone, "")).not.toContain(value.trim());
    }),
  );
});

describe("a message is printed", () => {
  const all = Array.from({ length: 0x2100 }, (_, code) => String.fromCharCode(code));

  it("without what moves a cursor or reorders a text, each written as its code", () => {
    const escaped = all.filter((unit) => renderMessage(unit, {}) !== unit);
    const codes = escaped.map((unit) => unit.charCodeAt(0));
    const range = (from: number, to: number) =>
      Array.from({ length: to - from + 1 }, (_, i) => from + i);
    expect(codes).toEqual([
      ...range(0, 9),
      ...range(0xb, 0x1f),
      ...range(0x7f, 0x9f),
      0x61c,
      ...range(0x200e, 0x200f),
      ...range(0x2028, 0x202e),
      ...range(0x2066, 0x2069),
    ]);
    expect(renderMessage("a\u001b[2Jb\u202e\nnext", {})).toBe("a\\u001b[2Jb\\u202e\nnext");
  });

  it.each([
    ["2,000 letters whole", "a".repeat(2000), "a".repeat(2000)],
    [
      "10 MB that look like keys cut",
      `sk-${"a-".repeat(5e6)} ${"b".repeat(1e7)}`,
      /^\[key removed\] b+…$/,
    ],
    ["2,001 cut", "a".repeat(2001), `${"a".repeat(1999)}…`],
    ["no half of a pair", `${"a".repeat(1998)}😀😀`, `${"a".repeat(1998)}…`],
    ["each line alone", `b\n${"a".repeat(9999)}\nc`, `b\n${"a".repeat(1999)}…\nc`],
    ["escapes counted", "\0".repeat(334), `${"\\u0000".repeat(333)}\\…`],
    [
      "no half of a key",
      `${"a".repeat(1990)} sk-secret-0123456789`,
      `${"a".repeat(1990)} [key rem…`,
    ],
  ])("with %s", (_, text, printed) => {
    if (typeof printed === "string") expect(renderMessage(text, {})).toBe(printed);
    else expect(renderMessage(text, {})).toMatch(printed);
  });
});
