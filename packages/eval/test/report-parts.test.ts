import { gunzipSync } from "node:zlib";
import { openRandom } from "@seedling/core";
import { describe, expect, test } from "vitest";
import { judgeAnswer, type Known, renderAnswer } from "../src/report/answer/answer.ts";
import { toScale } from "../src/report/charts/axes.ts";
import { drawBars } from "../src/report/charts/bar-chart.ts";
import { drawIntervals } from "../src/report/charts/interval-chart.ts";
import { drawLines } from "../src/report/charts/line-chart.ts";
import { packWithin } from "../src/report/chunk.ts";
import { findFlips } from "../src/report/flips/find-flips.ts";
import { html } from "../src/report/markup.ts";
import { placeNodes } from "../src/report/page/place-nodes.ts";
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

describe("packWithin", () => {
  const random = openRandom("texts", 1);
  const texts = Array.from({ length: 64 }, () => String(random.next()));
  const unpack = (packed: string) =>
    JSON.parse(gunzipSync(Buffer.from(packed, "base64")).toString()) as string[];

  test("packs everything where it fits", async () => {
    const { packed, texts: kept } = await packWithin(1e6, texts.length, (n) => texts.slice(0, n));
    expect(kept).toBe(64);
    expect(unpack(packed)).toEqual(texts);
  });

  test("packs fewer texts where it does not", async () => {
    const { packed, texts: kept } = await packWithin(600, texts.length, (n) => texts.slice(0, n));
    expect(packed.length).toBeLessThanOrEqual(600);
    expect(kept).toBeGreaterThan(16);
    expect(kept).toBeLessThan(64);
    expect(unpack(packed)).toEqual(texts.slice(0, kept));
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

describe("the answer", () => {
  test.each([
    ["better", 0.01, 0.05],
    ["yes", -0.02, 0.05],
    ["nearly", -0.029, -0.001],
    ["no", -0.09, -0.01],
    ["open", -0.09, 0.02],
  ])("%s: %d to %d", (verdict, low, high) => {
    expect(judgeAnswer({ low, high })).toBe(verdict);
  });

  const known: Known = {
    mean: -0.032,
    low: -0.061,
    high: -0.002,
    tasks: 3,
    source: "tree",
    against: "same N",
    sample: false,
  };

  test("is one sentence", () => {
    expect(renderAnswer(known)).toBe(
      "No: in-domain, classifiers trained on tree data are 3.2 points of accuracy below those trained on as many human examples (95 % interval -6.1 to -0.2 points; 3 tasks).",
    );
  });

  test("says SAMPLE first", () => {
    const sample = { ...known, mean: 0, low: -0.2, high: 0.2, tasks: 1, sample: true };
    expect(renderAnswer({ ...sample, against: "full" })).toBe(
      "SAMPLE, nothing about a benchmark. Not decided: in-domain, classifiers trained on tree data are as accurate as those trained on the human train split (95 % interval -20.0 to +20.0 points; one task).",
    );
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
