import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { createRandom } from "@seedling/core/internal";
import { describe, expect, test } from "vitest";
import { html } from "../src/render/markup.ts";
import { toScale } from "../src/report/charts/axes.ts";
import { drawBars } from "../src/report/charts/bar-chart.ts";
import { drawIntervals } from "../src/report/charts/interval-chart.ts";
import { drawLines } from "../src/report/charts/line-chart.ts";
import { type Fitted, packAll } from "../src/report/chunk.ts";
import { findFlips } from "../src/report/flips/find-flips.ts";
import { fromPackedTree, toPackedTree } from "../src/report/page/packed-tree.ts";
import { placeNodes } from "../src/report/page/place-nodes.ts";
import type { TreeData, TreeNode } from "../src/report/page-data.ts";
import { lookOf } from "../src/report/palette.ts";
import type { ItemColumns } from "../src/results/results.ts";

describe("html", () => {
  test.each([
    [`<script>alert("1")</script>`, "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;"],
    ["it's & it", "it&#39;s &amp; it"],
    ["&lt;", "&amp;lt;"],
    ["{{x}} \u0024{y} `z`", "{{x}} \u0024{y} `z`"],
    ["a\u0000b\u202ec\u2066d", "a\ufffdb\ufffdc\ufffdd"],
    ["line\n\ttab", "line\n\ttab"],
    ["lone \ud800", "lone \ufffd"],
  ])("shows %j as text", (text, shown) => {
    expect(html`<p title="${text}">${text}</p>`.text).toBe(`<p title="${shown}">${shown}</p>`);
  });

  test("joins lists, leaves null and false out, and takes markup as it is", () => {
    const items = ["<a>", 2].map((item) => html`<li>${item}</li>`);
    expect(html`<ul>${items}${null}${false}</ul>`.text).toBe(
      "<ul><li>&lt;a&gt;</li><li>2</li></ul>",
    );
  });
});

describe("packed values", () => {
  const random = createRandom("texts", 1);
  const toTexts = (length: number) => Array.from({ length }, () => String(random.next()));
  const toPackable = (texts: string[]) => ({
    texts: texts.length,
    withTexts: (n: number) => texts.slice(0, n),
  });
  const texts = toTexts(64);
  const packable = toPackable(texts);
  const unpack = (packed: string) =>
    JSON.parse(gunzipSync(Buffer.from(packed, "base64")).toString()) as string[];

  test("packs everything where it fits", async () => {
    const [{ packed, texts: kept }] = (await packAll(1e6, [packable])) as [Fitted];
    expect(kept).toBe(64);
    expect(unpack(packed)).toEqual(texts);
  });

  test("packs fewer texts where it does not", async () => {
    const [{ packed, texts: kept }] = (await packAll(600, [packable])) as [Fitted];
    expect(packed.length).toBeLessThanOrEqual(600);
    expect(kept).toBeGreaterThan(16);
    expect(kept).toBeLessThan(64);
    expect(unpack(packed)).toEqual(texts.slice(0, kept));
  });

  test("what one does not need of its share goes to the others", async () => {
    const [small, large, larger] = await packAll(
      2100,
      [4, 64, 256].map((n) => toPackable(toTexts(n))),
    );
    expect([small?.texts, large?.texts]).toEqual([4, 64]);
    // An equal share, 700 characters, is too little for 64 of them.
    expect(large?.packed.length).toBeGreaterThan(700);
    const all = [small, large, larger].map((one) => one?.packed.length ?? 0);
    expect(all.reduce((sum, n) => sum + n, 0)).toBeLessThanOrEqual(2100);
    expect(larger?.texts).toBeGreaterThan(32);
  });

  test("a tree comes back as it was, its completions beside their nodes", () => {
    const node = (place: number, completion: number | null): TreeNode => ({
      parent: null,
      depth: 1,
      label: 0,
      text: { question: `question ${place}`, context: null, options: ["a", "b"], answer: "a" },
      completion,
    });
    const tree: TreeData = {
      root: null,
      nodes: [node(0, 0), node(1, 0), node(2, null), node(3, 1)],
      completions: ["first", "second"],
      labels: ["a"],
      path: "creations/one",
      noCompletions: null,
    };
    const packed = toPackedTree(tree);
    expect(packed.requests.map(({ completion, nodes }) => [completion, nodes.length])).toEqual([
      ["first", 2],
      [null, 1],
      ["second", 1],
    ]);
    const { nodes, completions } = fromPackedTree(packed);
    const texts = nodes.map(({ completion }) => completion !== null && completions[completion]);
    expect(texts).toEqual(["first", "first", false, "second"]);
    expect(nodes.map(({ text }) => text)).toEqual(tree.nodes.map(({ text }) => text));
  });
});

describe("charts", () => {
  const hostile = `<script>x</script>"' {a|b} </svg>`;
  const look = lookOf("tree");
  const charts = {
    intervals: drawIntervals(
      "one",
      {
        rows: [
          { label: [hostile, hostile], marks: [{ look, value: 1, low: 0, high: 2 }], tick: 1 },
        ],
        axis: hostile,
        zero: 0,
      },
      "narrow",
    ).text,
    lines: drawLines(
      "two",
      {
        lines: [
          {
            look,
            points: [
              { x: 1, y: 1, low: 0, high: 2 },
              { x: 2, y: 3 },
            ],
          },
        ],
        x: { name: hostile, type: "value" },
        y: { name: hostile },
      },
      "wide",
    ).text,
    bars: drawBars(
      "three",
      { rows: [hostile], axis: hostile, parts: [{ look, shares: [1] }] },
      "wide",
    ).text,
  };

  test.each(Object.entries(charts))(
    "%s: no style, no script, no colour but the themes'",
    (_, svg) => {
      expect(svg).toMatch(/^<svg aria-hidden="true" /);
      expect(svg).not.toMatch(/<style|<script| style=| on\w+=|ecmeta|zr\d/);
      expect(svg.match(/<\/svg>/g)).toHaveLength(1);
      expect(svg).toContain("fill-vermilion");
      expect(svg.match(/(fill|stroke)="#(?!000")[^"]*"/g)).toBeNull();
    },
  );

  test("are the same however many were drawn before", () => {
    const chart = { rows: ["a"], axis: "b", parts: [{ look, shares: [1] }] };
    expect(drawBars("x", chart, "wide").text).toBe(drawBars("x", chart, "wide").text);
  });

  test.each([
    [[0.3, 9.7], 5, { min: 0, max: 10, interval: 2 }],
    [[-12, 3], 8, { min: -12, max: 4, interval: 2 }],
    [[54.2, 57.9], 4, { min: 54, max: 58, interval: 1 }],
    [[0.5, 0.5], 5, { min: 0.5, max: 0.5, interval: 0.1 }],
  ])("an axis for %j", (values, marks, scale) => {
    expect(toScale(values, marks)).toEqual(scale);
  });
});

describe("findFlips", () => {
  const gold = ["a", "a", "b"];
  const run = (...predicted: string[]) =>
    ({
      gold,
      predicted,
      right: Uint8Array.from(predicted, (one, i) => +(one === gold[i])),
    }) as ItemColumns;

  test("lists items that one side gets right in most of its runs and the other does not", () => {
    const human = [run("a", "a", "b"), run("a", "b", "b"), run("a", "b", "a")];
    const tree = [run("b", "a", "b"), run("b", "a", "a")];
    // Row 2: right in 2 of 3 human runs, in half of the tree runs, which is not most of them.
    expect(findFlips(human, tree)).toEqual([
      { row: 0, gold: "a", human: [["a", 3]], tree: [["b", 2]], right: "human" },
      {
        row: 1,
        gold: "a",
        human: [
          ["b", 2],
          ["a", 1],
        ],
        tree: [["a", 2]],
        right: "tree",
      },
      {
        row: 2,
        gold: "b",
        human: [
          ["b", 2],
          ["a", 1],
        ],
        tree: [
          ["a", 1],
          ["b", 1],
        ],
        right: "human",
      },
    ]);
  });

  test("finds none without runs on both sides, or on other items", () => {
    expect(findFlips([], [run("a", "a", "b")])).toEqual([]);
    const other = { ...run("b", "b", "a"), gold: ["a"] };
    expect(findFlips([run("a", "a", "b")], [other])).toEqual([]);
  });
});

describe("colours of marks", () => {
  const theme = readFileSync(
    join(import.meta.dirname, "..", "src", "report", "style", "theme.css"),
    "utf8",
  );
  const colors = new Map(
    [...theme.matchAll(/--([a-z-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)/g)].map(
      ([, name, light, dark]) => [name, { light, dark } as { light: string; dark: string }],
    ),
  );
  /** Relative luminance, by WCAG 2. */
  const luminance = (color: string) => {
    const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
      const share = Number.parseInt(color.slice(at, at + 2), 16) / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (a: string, b: string) => {
    const [light = 0, dark = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
    return (light + 0.05) / (dark + 0.05);
  };

  test.each(["ink", "muted", "blue", "orange", "sky", "green", "pink", "vermilion", "yellow"])(
    "%s has 3:1 against page and surface, light and dark",
    (name) => {
      for (const scheme of ["light", "dark"] as const)
        for (const ground of ["page", "surface"]) {
          const [mark, behind] = [colors.get(name)?.[scheme], colors.get(ground)?.[scheme]];
          expect(contrast(mark ?? "", behind ?? ""), `${scheme} ${ground}`).toBeGreaterThanOrEqual(
            3,
          );
        }
    },
  );
});

test("placeNodes: leaves one below the other, parents in the middle, a wrong parent under the root", () => {
  const nodes = [null, 0, 0, null, 9].map((parent) => ({ parent }));
  expect(placeNodes(nodes).map(({ depth, y }) => [depth, y])).toEqual([
    [0, 1.75],
    [1, 0.5],
    [2, 0],
    [2, 1],
    [1, 2],
    [1, 3],
  ]);
});
