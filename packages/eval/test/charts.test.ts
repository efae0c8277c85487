import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { html } from "../src/render/html.ts";
import {
  createScale,
  drawBars,
  drawIntervals,
  drawLines,
  wrapRowLabel,
} from "../src/report/charts/charts.ts";
import { looks } from "../src/report/charts/looks.ts";
import { keepFlags } from "../src/report/page/page.ts";
import { createAccuracyChart } from "../src/report/sections/answer.ts";
import { createCountsChart } from "../src/report/sections/creations.ts";
import { listCellRows } from "../src/tables/accuracy-table.ts";
import { analyseResults } from "../src/tables/analysis.ts";
import { toResults, toRun } from "./evaluation-runs.ts";
import { evaluation } from "./manifests.ts";

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

test.each([
  ["use-lite, head", ["use-lite, head"]],
  ["all-MiniLM-L6-v2, head", ["all-MiniLM-L6-", "v2, head"]],
  ["sentence-transformers/all-MiniLM-L6-v2", ["sentence-", "transformers/", "all-MiniLM-L6-v2"]],
  ["a".repeat(20), ["a".repeat(16), "aaaa"]],
  ["", []],
])("the name of a chart's row %j is broken into %j", (name, lines) => {
  expect(wrapRowLabel(name)).toEqual(lines);
});

test("rows of one task and classifier are told apart where some are of the sample", () => {
  const own = { kind: "own", verified: true } as const;
  const run = (source: "human" | "tree", kind: "sample" | "live", encoder = "m") =>
    toRun(
      evaluation({
        ...{ task: "mine", source, data: own, student: { encoder, tune: "head", defaults: "own" } },
        completions: source === "tree" ? { kind } : null,
        test: { task: "mine", data: own },
      }),
    );
  const name = (...runs: ReturnType<typeof run>[]) => {
    const rows = listCellRows(analyseResults(toResults(runs)).tables[3]);
    const drawing = createAccuracyChart(rows, "x")?.drawing.text ?? "";
    return Array.from(drawing.matchAll(/text-anchor="end"[^>]*>([^<]*)</g), ([, text]) => text);
  };
  expect(name(run("human", "live"), run("tree", "live"))).toEqual(["mine"]);
  expect(name(run("human", "live"), run("tree", "sample"))).toEqual(["mine", "mine", "SAMPLE"]);
  expect(name(run("human", "live"), run("tree", "sample", "n"))).toEqual(["m, head", "n, head"]);
});

test("a flag keeps its two hyphens, whatever else is in the text", () => {
  expect(html`${keepFlags("<b>, --max-error 0.2 --balance.")}`.text).toBe(
    '&lt;b&gt;, <span class="flag">--max-error</span> 0.2 <span class="flag">--balance</span>.',
  );
});

describe("charts", () => {
  const hostile = `<script>x</script>"' {a|b} </svg>`;
  const look = looks.tree;
  const charts = {
    intervals: drawIntervals(
      [
        {
          label: [hostile, hostile],
          marks: [
            { look, value: 1, low: 0, high: 2 },
            { look, value: 0, low: -1, high: 1 },
          ],
          baseline: 0.5,
        },
        { label: ["second"], marks: [{ look, value: -1, low: -2, high: 0 }], baseline: null },
      ],
      hostile,
    ).text,
    lines: drawLines(
      [
        {
          look,
          points: [
            { x: 1, y: 1, low: 0, high: 2 },
            { x: 2, y: 4 },
          ],
        },
        { look: looks.human, dashed: true, points: [{ x: 1, y: 2 }] },
      ],
      {
        name: hostile,
        scale: "linear",
        also: { name: hostile, text: (x) => `${10 * x} ${hostile}` },
      },
      hostile,
      [
        { from: { x: 0, y: 2 }, to: { x: 2, y: 2 }, text: hostile },
        { from: { x: 1.5, y: -Infinity }, to: { x: 1.5, y: Infinity }, text: hostile },
      ],
    ).text,
    bars: drawBars(
      [hostile, "second"],
      [
        { look, fractions: [0.25, 1] },
        { look: looks.human, fractions: [0.75, 0] },
      ],
      hostile,
    ).text,
  };
  const attributes = (svg: string, pattern: RegExp) =>
    [...svg.matchAll(pattern)].map(([, ...values]) => values);

  test.each(Object.entries(charts))(
    "%s: well-formed, no style, no script, no colour but the themes'",
    (_, svg) => {
      expect(svg).toContain('aria-hidden="true"');
      expect(svg).not.toMatch(/<style|<script| style=| on\w+=|NaN|undefined/);
      expect(svg.match(/<svg/g)?.length).toBe(svg.match(/<\/svg>/g)?.length);
      const colors = attributes(svg, /(?:fill|stroke)="([^"]*)"/g).flat();
      expect(colors).toContain("var(--vermilion)");
      expect(colors.filter((color) => !/^(var\(--[a-z-]+\)|none)$/.test(color ?? ""))).toEqual([]);
    },
  );

  test("intervals: one below the other, each from its low to its high end, its shape at its value", () => {
    // The axis goes from -2 to 2, so a unit is 25 %.
    const lines = attributes(
      charts.intervals,
      /<line x1="([\d.]+)%" x2="([\d.]+)%" y1="([\d.]+)" y2="\3" stroke="var\(--vermilion\)"/g,
    );
    expect(lines).toEqual([
      ["50", "100", "15.5"],
      ["25", "75", "30.5"],
      ["0", "50", "65"],
    ]);
    expect(attributes(charts.intervals, /<svg x="([\d.]+)%" y="([\d.]+)"/g)).toEqual([
      ["75", "15.5"],
      ["50", "30.5"],
      ["25", "65"],
    ]);
    expect(charts.intervals).toMatch(/x1="62.5%" x2="62.5%" [^>]*stroke-dasharray/);
  });

  test("lines: points at their values, intervals around them, the other series dashed", () => {
    expect(charts.lines).toContain('d="M50,150L100,0"');
    expect(attributes(charts.lines, /<svg x="([\d.]+)%" y="([\d.]+)"/g)).toEqual([
      ["50", "150"],
      ["100", "0"],
      ["50", "100"],
      // Guides' texts: above the one, beside the upper end of the other.
      ["0", "94"],
      ["75", "14"],
    ]);
    expect(charts.lines).toMatch(/x1="-1" x2="-1" y1="50" y2="-50"/);
    expect(charts.lines.match(/stroke-dasharray/g)).toHaveLength(3);
    expect(charts.lines).toContain('<line x1="0%" x2="100%" y1="100" y2="100"');
    expect(charts.lines).toContain('<line x1="75%" x2="75%" y1="200" y2="0"');
    expect(charts.lines).toMatch(/<text x="100%" y="263"[^>]*>20 /);
  });

  test("bars: parts side by side make up the whole", () => {
    const bars = attributes(charts.bars, /<rect x="([\d.]+)%" y="([\d.]+)" width="([\d.]+)%"/g);
    expect(bars).toEqual([
      ["0", "5", "25"],
      ["25", "5", "75"],
      ["0", "33", "100"],
      ["100", "33", "0"],
    ]);
  });

  test.each([
    ["linear", [0.3, 9.7], 5, [0, 2, 4, 6, 8, 10], ["0", "2", "4", "6", "8", "10"]],
    ["linear", [-12, 3], 3, [-15, -10, -5, 0, 5], ["−15", "−10", "−5", "0", "5"]],
    ["linear", [0, 3], 3, [0, 1, 2, 3], ["0", "1", "2", "3"]],
    ["linear", [60, 80.00000000000001], 5, [60, 65, 70, 75, 80], ["60", "65", "70", "75", "80"]],
    [
      "linear",
      [0.5, 0.5],
      5,
      [0.45, 0.46, 0.47, 0.48, 0.49, 0.5],
      ["0.45", "0.46", "0.47", "0.48", "0.49", "0.50"],
    ],
    ["log", [1e-5, 1e-3], 6, [1e-5, 1e-4, 1e-3], ["0.00001", "0.0001", "0.001"]],
  ] as const)("a %s axis for %j", (kind, values, count, ticks, texts) => {
    const scale = createScale(kind, values, count);
    expect(scale.ticks.map(({ text }) => text)).toEqual(texts);
    expect(scale.ticks.map(({ x }) => x)).toEqual(ticks.map((tick) => scale(tick)));
    for (const value of values) expect(scale(value)).toBeGreaterThanOrEqual(0);
    for (const value of values) expect(scale(value)).toBeLessThanOrEqual(100);
  });

  // On a phone a plot is 175 pixels wide, and "−20" is 22.
  test.each([[[-19.6, 15.2]], [[-19.6, 12.5]], [[30.9, 66.3]]])(
    "an axis for %j has at most seven ticks",
    (values) => {
      expect(createScale("linear", values).ticks.length).toBeLessThanOrEqual(7);
    },
  );
});

describe("colours of series", () => {
  const style = readFileSync(
    join(import.meta.dirname, "..", "src", "report", "page", "page.css"),
    "utf8",
  );
  const colors = new Map(
    [...style.matchAll(/--([a-z-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)/g)].map(
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

  test.each([
    "text",
    "text-light",
    "blue",
    "orange",
    "sky",
    "green",
    "pink",
    "vermilion",
    "yellow",
  ])("%s has 3:1 against page and surface, light and dark", (name) => {
    for (const scheme of ["light", "dark"] as const)
      for (const background of ["bg", "accent-bg"]) {
        const [series, ground] = [colors.get(name)?.[scheme], colors.get(background)?.[scheme]];
        expect(
          contrast(series ?? "", ground ?? ""),
          `${scheme} ${background}`,
        ).toBeGreaterThanOrEqual(3);
      }
  });
});

test("counts stand under their labels, whatever these are", () => {
  const labels = ["constructor", "__proto__", "setting", "total"];
  const counts = new Map(labels.map((label, i) => [label, i + 1]));
  const names = { id: "labels", title: "Labels", origins: [], whole: "kept examples" };
  const chart = createCountsChart({ ...names, rows: [{ setting: "tree", counts }] });
  const cells = chart?.table?.text.match(/(?<=>)[^<>]+(?=<\/t[hd]>)/g);
  const heads = ["Setting", "__proto__", "constructor", "setting", "total", "Total"];
  const values = ["tree", "2 (20.0 %)", "1 (10.0 %)", "3 (30.0 %)", "4 (40.0 %)", "10"];
  expect(cells).toEqual([...heads, ...values]);
});

test("series differ by their shape; only the two human ones share one", () => {
  const shapes = Object.values(looks).map(({ shape }) => shape);
  expect(new Set(shapes).size).toBe(shapes.length - 1);
});
