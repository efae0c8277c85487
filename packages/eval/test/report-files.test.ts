import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { createRandom } from "@seedling/core/internal";
import { describe, expect, onTestFinished, test } from "vitest";
import { html } from "../src/render/markup.ts";
import { toCurve } from "../src/report/curves/to-curve.ts";
import type { PackedTree } from "../src/report/page-data.ts";
import { renderReport } from "../src/report/render-report.ts";
import { mostNodes, readCreation } from "../src/report/tree/read-creation.ts";
import { toTreeSection } from "../src/report/tree/tree-section.ts";
import { readResults } from "../src/results/read-results.ts";
import { analyseResults } from "../src/tables/analyse-results.ts";
import { type MadeUp, writeResults } from "./write-results.ts";

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
      kept: mostNodes + 40,
      text: (what, i) => (what === "context" && i % 2 === 1 ? "" : `${what} ${i}`),
      options: ["True", "False"],
      model: "a model",
      kind: "live",
      ...changes,
    });
  };

  test("a creation's first nodes, with parents, labels and completions", async () => {
    const dir = made();
    const [creation] = (await readResults(dir)).creations;
    const data = await readCreation(dir, creation as never);
    expect(data.nodes).toHaveLength(mostNodes);
    expect(data.nodes[9]).toMatchObject({ parent: 1, depth: 1, completion: 2 });
    expect(data.nodes[9]?.text).toMatchObject({
      question: "question 9",
      context: null,
      answer: "False",
    });
    expect(data.labels).toEqual(["False", "True"]);
    expect(data.completions[2]).toContain('"question": "question 9"');
    expect(data.noCompletions).toBeNull();
  });

  test("where room is short, trees keep all of their nodes, and other settings as many as fit", async () => {
    const random = createRandom("long texts");
    const results = await readResults(
      made({ sources: ["naive", "tree"], text: (what) => `${what} ${random.next()}` }),
    );
    const whole = await toTreeSection([], results, 1e6);
    const [tree = 0, naive = 0] = whole.chunks.map(({ text }) => text.length);
    const { body, chunks } = await toTreeSection([], results, tree + naive / 4);
    expect(html`${body}`.text).toMatch(
      /creak tree .*340 kept, the first 300 drawn .*creak naive .*340 kept, the first \d\d drawn /s,
    );
    const nodes = chunks.map(({ text }) => {
      const packed = text.replace(/<[^>]*>/g, "");
      const { requests } = JSON.parse(gunzipSync(Buffer.from(packed, "base64")).toString());
      return (requests as PackedTree["requests"]).flatMap((request) => request.nodes);
    });
    expect(nodes[0]).toHaveLength(mostNodes);
    expect(nodes[0]?.[150]?.text.question).toMatch(/^question 0\./);
    expect(nodes[1]?.length).toBeGreaterThan(10);
    expect(nodes[1]?.length).toBeLessThan(100);
  });

  test("a curve: the epochs of the grid point that was chosen", async () => {
    const dir = made();
    const [training] = (await readResults(dir)).trainings;
    const curve = toCurve(training as never);
    expect(curve?.by).toBe("epoch");
    expect(curve?.points.map(({ x, devAccuracy }) => [x, devAccuracy.toFixed(1)])).toEqual([
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
    const page = await renderReport(analyseResults(results), results);
    const [shown = ""] = page.split("<script");
    expect(
      shown.match(/rows alone, since the test file of these runs is not at hand/g),
    ).toHaveLength(1);
    expect(shown.match(/Of 1 trainings there is no log at hand/g)).toHaveLength(1);
    expect(shown.match(/NaN|Infinity|undefined|\[object/g)).toBeNull();
    expect((await renderReport(analyseResults(results), results)) === page).toBe(true);
  });
});
