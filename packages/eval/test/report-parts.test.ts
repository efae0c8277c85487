import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, onTestFinished, test } from "vitest";
import { createCommands } from "../src/report/page/commands.ts";
import { renderPage, renderSection } from "../src/report/page/page.ts";
import { renderReport } from "../src/report/render-report.ts";
import { readCurve } from "../src/report/sections/curves.ts";
import { findDisagreements } from "../src/report/sections/flips.ts";
import { createTreeSection, mostNodes, renderTree } from "../src/report/sections/tree.ts";
import { readResults } from "../src/results/read-results.ts";
import type { ItemColumns } from "../src/results/results.ts";
import { analyseResults } from "../src/tables/analysis.ts";
import { type MadeUp, writeResults } from "./write-results.ts";

test("the page names the licence of the style sheet that it holds", () => {
  const license = createRequire(import.meta.url).resolve("simpledotcss/LICENSE");
  const [copyright] = readFileSync(license, "utf8").match(/^Copyright .*$/m) ?? [];
  const page = renderPage("A title", null, []);
  expect(page.match(/<style>\/\*(.*)\*\//)?.[1]).toContain(copyright);
  expect(page.split("Copyright")).toHaveLength(2);
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
    expect(tree).toMatch(
      /<\/ul>\n<ul class="tree" aria-label="[^"]+"><li><details open><summary><small>formatting example:/,
    );
  });

  test("what a creation asked for stands above its nodes and beside each completion, as text", async () => {
    const dir = made({ kept: 4 });
    const [creation] = (await readResults(dir)).creations;
    const path = join(dir, creation?.path ?? "", "lineage.jsonl");
    const lines = readFileSync(path, "utf8").trimEnd().split("\n");
    const leaf = { style: "<b>plain", length: "long" };
    writeFileSync(
      path,
      lines
        .map((line) => JSON.stringify({ ...JSON.parse(line), leaf }))
        .concat("")
        .join("\n"),
    );
    const attributes = [{ name: "style", values: ["<b>plain", "formal"] }];
    const { manifest } = creation as NonNullable<typeof creation>;
    const named = { ...manifest, naming: { attributes, replies: 2, unread: 0 } };
    const { text } = renderTree(dir, { ...creation, manifest: named } as never, 8);
    expect(text).toContain("<li>style: &lt;b&gt;plain; formal</li>");
    expect(text).toContain("4, asked for style: &lt;b&gt;plain; length: long</summary>");
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
      const options = renderSection(
        createTreeSection([], { ...results, creations }, createCommands(results)),
      ).text;
      const trees = [...options.matchAll(/data-packed="([^"]*)"/g)].map(([, packed = ""]) =>
        nodesOf(gunzipSync(Buffer.from(packed, "base64")).toString()),
      );
      return { options, trees };
    };
    const few = read(results.creations);
    expect(few.trees.map((nodes) => nodes.length)).toEqual([250, 250]);
    expect(few.options).toMatch(
      /creak tree .*290 kept, the first 250 shown .*creak naive .*290 kept, the first 250 shown /s,
    );
    const naive = results.creations.find(({ manifest }) => manifest.source === "naive");
    const tree = results.creations.find(({ manifest }) => manifest.source === "tree");
    const many = read([...Array(97).fill(naive), tree] as typeof results.creations);
    expect(many.trees[0]).toHaveLength(250);
    expect(many.trees[0]?.find(([, line]) => line === 151)?.at(-1)).toBe("question 150");
    expect(many.trees[1]).toHaveLength(100);
    expect(many.options).toMatch(/creak naive .*290 kept, the first 100 shown /);
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
