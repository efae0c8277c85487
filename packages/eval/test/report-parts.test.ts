import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, onTestFinished, test } from "vitest";
import { html } from "../src/render/markup.ts";
import { createScale } from "../src/report/charts/axes.ts";
import { drawBars } from "../src/report/charts/bar-chart.ts";
import { drawIntervals } from "../src/report/charts/interval-chart.ts";
import { drawLines } from "../src/report/charts/line-chart.ts";
import { lookOf } from "../src/report/charts/looks.ts";
import { renderSection } from "../src/report/page/parts.ts";
import { renderReport } from "../src/report/render-report.ts";
import { readCurve } from "../src/report/sections/curves.ts";
import { findDisagreements } from "../src/report/sections/flips.ts";
import { renderTree } from "../src/report/sections/render-tree.ts";
import { createTreeSection, mostNodes } from "../src/report/sections/tree.ts";
import { readResults } from "../src/results/read-results.ts";
import type { ItemColumns } from "../src/results/results.ts";
import { analyseResults } from "../src/tables/analysis.ts";
import { type MadeUp, writeResults } from "./write-results.ts";

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

describe("charts", () => {
  const hostile = `<script>x</script>"' {a|b} </svg>`;
  const look = lookOf("tree");
  const charts = {
    intervals: drawIntervals({
      rows: [
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
      axis: hostile,
    }).text,
    lines: drawLines({
      lines: [
        {
          look,
          points: [
            { x: 1, y: 1, low: 0, high: 2 },
            { x: 2, y: 4 },
          ],
        },
        { look: lookOf("human"), dashed: true, points: [{ x: 1, y: 2 }] },
      ],
      x: { name: hostile, scale: "linear" },
      y: hostile,
    }).text,
    bars: drawBars({
      rows: [hostile, "second"],
      axis: hostile,
      parts: [
        { look, fractions: [0.25, 1] },
        { look: lookOf("human"), fractions: [0.75, 0] },
      ],
    }).text,
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
      ["0", "50", "69"],
    ]);
    expect(attributes(charts.intervals, /<svg x="([\d.]+)%" y="([\d.]+)"/g)).toEqual([
      ["75", "15.5"],
      ["50", "30.5"],
      ["25", "69"],
    ]);
    expect(charts.intervals).toMatch(/x1="62.5%" x2="62.5%" [^>]*stroke-dasharray/);
  });

  test("lines: points at their values, intervals around them, the other series dashed", () => {
    expect(charts.lines).toContain('d="M50,150L100,0"');
    expect(attributes(charts.lines, /<svg x="([\d.]+)%" y="([\d.]+)"/g)).toEqual([
      ["50", "150"],
      ["100", "0"],
      ["50", "100"],
    ]);
    expect(charts.lines).toMatch(/x1="-1" x2="-1" y1="50" y2="-50"/);
    expect(charts.lines.match(/stroke-dasharray/g)).toHaveLength(1);
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
});

describe("findDisagreements", () => {
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
    expect(findDisagreements(human, tree)).toEqual([
      { row: 0, gold: "a", human: "a ×3", tree: "b ×2", right: "human" },
      { row: 1, gold: "a", human: "b ×2, a ×1", tree: "a ×2", right: "tree" },
      { row: 2, gold: "b", human: "b ×2, a ×1", tree: "a ×1, b ×1", right: "human" },
    ]);
  });

  test("finds none without runs on both sides, or on other items", () => {
    expect(findDisagreements([], [run("a", "a", "b")])).toEqual([]);
    const other = { ...run("b", "b", "a"), gold: ["a"] };
    expect(findDisagreements([run("a", "a", "b")], [other])).toEqual([]);
  });
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

describe("what is read from results", () => {
  const made = (changes: Partial<MadeUp> = {}) => {
    const dir = mkdtempSync(join(tmpdir(), "seedling-report-"));
    onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
    return writeResults({
      dir,
      tasks: ["yesno_close/creak"],
      sources: ["tree"],
      seeds: [1],
      n: 20,
      kept: mostNodes.each + 40,
      text: (what, i) => (what === "context" && i % 2 === 1 ? "" : `${what} ${i}`),
      options: ["True", "False"],
      model: "a model",
      kind: "live",
      ...changes,
    });
  };

  /** The nodes of a tree but for the root, in the order of the page: how deep, which line, label and question. */
  const nodesOf = (tree: string) => {
    let depth = 0;
    return [
      ...tree.matchAll(
        /<ul>(?=<li class)|<\/ul><\/li>|<small>line (\d+), (.*?):<\/small> <bdi>(.*?)<\/bdi>/g,
      ),
    ].flatMap(([tag, line, label, question]) => {
      if (line) return [[depth, Number(line), label, question]];
      depth += tag.startsWith("</") ? -1 : 1;
      return [];
    });
  };
  const completionsOf = (tree: string) =>
    [...tree.matchAll(/completion of (lines? [^<]*)<\/summary><pre>(.*?)<\/pre>/gs)].map(
      ([, lines, text]) => [lines, text] as const,
    );

  test("a creation's first nodes below their parents, with labels and completions", async () => {
    const dir = made();
    const [creation] = (await readResults(dir)).creations;
    const tree = renderTree(dir, creation as never, 20).text;
    const node = (depth: number, line: number) => {
      return [depth, line, line % 2 === 1 ? "True" : "False", `question ${line - 1}`];
    };
    expect(nodesOf(tree)).toEqual(
      [1, 2, 3, 4].flatMap((line) => [
        node(1, line),
        ...[1, 2, 3, 4].map((child) => node(2, 4 * line + child)),
      ]),
    );
    const completions = completionsOf(tree);
    expect(completions.map(([lines]) => lines)).toEqual([
      "lines 1, 2, 3, 4",
      "lines 5, 6, 7, 8",
      "lines 9, 10, 11, 12",
      "lines 13, 14, 15, 16",
      "lines 17, 18, 19, 20",
    ]);
    expect(completions[2]?.[1]).toContain("&quot;question&quot;: &quot;question 9&quot;");
    // Of an example without a context nothing is shown of it.
    expect(tree.match(/<blockquote>context \d+<\/blockquote>/g)?.length).toBeGreaterThan(5);
    expect(tree).not.toContain("<blockquote></blockquote>");
    expect(tree).toContain(
      "<bdi>question 9</bdi></summary><ul><li>True</li><li><mark>False (label)",
    );
    expect(tree).toMatch(/^<ul class="tree"><li><details><summary><small>formatting example:/);
  });

  test("a recording's completions are found in it; where there are none, nodes are shown without", async () => {
    const dir = made();
    const [creation] = (await readResults(dir)).creations;
    const folder = join(dir, creation?.path ?? "");
    writeFileSync(
      join(folder, "journal.jsonl"),
      readFileSync(join(folder, "journal.jsonl"), "utf8").replace(/^.*\n/, "damaged\n"),
    );
    const damaged = completionsOf(renderTree(dir, creation as never, 8).text);
    const missing = `Not found in ${creation?.path}`;
    expect(damaged.map(([, text]) => text === missing)).toEqual([true, false]);
    const recording = join(dir, "nowhere");
    const { manifest } = creation as NonNullable<typeof creation>;
    const replayed = { ...creation, manifest: { ...manifest, recording } };
    const { text } = renderTree(dir, replayed as never, 8);
    expect(nodesOf(text)).toHaveLength(8);
    expect(completionsOf(text).map(([, completion]) => completion)).toEqual([
      `Not found in the recording ${recording}`,
      `Not found in the recording ${recording}`,
    ]);
  });

  test("trees come first and show all of their nodes, and many creations by other settings share the rest", async () => {
    const results = await readResults(made({ sources: ["naive", "tree"] }));
    const read = (creations: typeof results.creations) => {
      const options = renderSection(createTreeSection([], { ...results, creations })).text;
      const trees = [...options.matchAll(/data-packed="([^"]*)"/g)].map(([, packed = ""]) =>
        nodesOf(gunzipSync(Buffer.from(packed, "base64")).toString()),
      );
      return { options, trees };
    };
    const few = read(results.creations);
    expect(few.trees.map((nodes) => nodes.length)).toEqual([300, 300]);
    expect(few.options).toMatch(
      /creak tree .*340 kept, the first 300 shown .*creak naive .*340 kept, the first 300 shown /s,
    );
    const naive = results.creations.find(({ manifest }) => manifest.source === "naive");
    const tree = results.creations.find(({ manifest }) => manifest.source === "tree");
    const many = read([...Array(97).fill(naive), tree] as typeof results.creations);
    expect(many.trees[0]).toHaveLength(300);
    expect(many.trees[0]?.find(([, line]) => line === 151)?.at(-1)).toBe("question 150");
    expect(many.trees[1]).toHaveLength(100);
    expect(many.options).toMatch(/creak naive .*340 kept, the first 100 shown /);
  });

  test("a curve: the epochs of the grid point that was chosen", async () => {
    const dir = made();
    const [training] = (await readResults(dir)).trainings;
    const curve = readCurve(training as never);
    expect(curve?.by).toBe("epoch");
    expect(curve?.points.map(({ epoch, devAccuracy }) => [epoch, devAccuracy.toFixed(1)])).toEqual([
      [1, "0.6"],
      [2, "0.7"],
      [3, "0.8"],
    ]);
  });

  test("older results, files that are gone and damaged lines: a report of what there is", async () => {
    const dir = made({ sources: ["human", "tree"] });
    const [creation] = (await readResults(dir)).creations;
    const folder = join(dir, creation?.path ?? "");
    const { levels, labels, funnel, contamination, ...old } = creation?.manifest ?? ({} as never);
    const older = { ...old, rejections: {}, outputs: {} };
    writeFileSync(join(folder, "manifest.json"), JSON.stringify(older));
    writeFileSync(join(folder, "journal.jsonl"), "not JSON\n");
    rmSync(join(folder, "lineage.jsonl"));
    rmSync(join(dir, "..", "test-0.jsonl"));
    const [training] = (await readResults(dir)).trainings;
    writeFileSync(join(dir, training?.path ?? "", "classifier", "training.jsonl"), "{}\nnull\n");
    const results = await readResults(dir);
    expect(results.creations).toHaveLength(1);
    expect(results.leftOut.map(({ path }) => path)).toEqual([
      `${training?.path}/classifier/training.jsonl`,
    ]);
    const page = renderReport(analyseResults(results), results);
    const shown = page.replace(/<script>.*/s, "");
    expect(
      shown.match(/rows without questions, since the test file of these runs was not found/g),
    ).toHaveLength(1);
    expect(
      shown.match(/The log classifier\/training.jsonl of 1 trainings is missing/g),
    ).toHaveLength(1);
    expect(shown.match(/NaN|Infinity|undefined|\[object/g)).toBeNull();
    expect(renderReport(analyseResults(results), results) === page).toBe(true);
  });
});
