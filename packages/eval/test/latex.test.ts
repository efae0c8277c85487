import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { part, tempFolder } from "@seedling/testing";
import { describe, expect, test } from "vitest";
import { renderFiles } from "../src/render/files.ts";
import { escapeLatex, renderLatex } from "../src/render/latex.ts";
import type { EvaluationManifest } from "../src/results/evaluation-manifest.ts";
import { type Analysis, analyseResults } from "../src/tables/analysis.ts";
import { human } from "./analysis-of.ts";
import { toResults, toRun } from "./evaluation-runs.ts";
import { boolqSample, creation, evaluation, onStrategyqa } from "./manifests.ts";

const hostile = '\\input{/etc/passwd} $x_1^2$ ~ & # % {open <tag> | "q" 中文 é 😀 \\\\ [b] –→†';

test.each([
  ["yesno_close/creak", "yesno\\_close/creak"],
  ["50 % & #1 $ {x}", "50 \\% \\& \\#1 \\$ \\{x\\}"],
  ["\\end{document}", "\\textbackslash{}end\\{document\\}"],
  ["a~b^c", "a\\textasciitilde{}b\\textasciicircum{}c"],
  ["54.5–61.8 →", "54.5--61.8 $\\rightarrow$"],
  ["−67 ‡", "$-$67 $\\ddagger$"],
  ["中é😀", "[U+4E2D][U+00E9][U+1F600]"],
  ["two\nlines\u202e", "two lines"],
  ["--head mlp, -0.5", "-{}-head mlp, -0.5"],
])("%j becomes %j", (text, latex) => {
  expect(escapeLatex(text).replaceAll("\\allowbreak{}", "")).toBe(latex);
});

test("a row is as wide as the head, and one of a single text spans all columns", () => {
  const latex = renderLatex([
    {
      title: "T & T",
      columns: [
        { head: "a", align: "left" },
        { head: "b %", align: "right" },
      ],
      rows: [
        { texts: ["over all", ""], kind: "heading" },
        { texts: ["[x]", "1"] },
        { texts: ["under", "2"], kind: "under" },
      ],
      empty: "",
      notes: ["50 %"],
    },
  ]);
  expect(latex).toMatch(
    /^\\begin\{longtable\}\{@\{\}>\{\\raggedright\\arraybackslash\}p\{\\dimexpr0\.\d+\\linewidth-2\\tabcolsep\\relax\}>\{\\raggedleft/m,
  );
  expect(latex).toContain("\\caption*{T \\& T}\\\\");
  expect(latex).toContain("{}a & {}b \\% \\\\\n");
  expect(latex).toContain("{over all} \\\\*");
  expect(latex).toContain("{}[x] & {}1 \\\\*\n\\quad under & {}2 \\\\\n");
  expect(latex).toContain("\\noindent 50 \\%\\par");
});

/** The LaTeX files of some evaluations. */
function texOf(...manifests: EvaluationManifest[]): Record<string, string> {
  return toTex(analyseResults(toResults(manifests.map((one) => toRun(one)))));
}

function toTex(view: Analysis): Record<string, string> {
  const files = Object.entries(renderFiles(view));
  return Object.fromEntries(files.filter(([name]) => name.endsWith(".tex")));
}

/** Every LaTeX file of a folder that holds a bit of everything, hostile names among it. */
function renderAll(): Record<string, string> {
  const named = evaluation({ source: "naive", completions: { model: hostile } });
  const manifests = [
    evaluation(),
    evaluation({ source: "random", test: { correct: 390 } }),
    evaluation({ conditions: { fraction: 0.5 }, train: { n: 50, target: 50 } }),
    evaluation({ conditions: { labels: "shuffled" }, test: { correct: 340 } }),
    evaluation({ test: onStrategyqa }),
    evaluation({ ...human, test: { ...onStrategyqa, correct: 70 } }),
    evaluation({ ...human, test: { correct: 420 } }),
    evaluation({ ...human, train: { n: 1000, target: 1000 }, test: { correct: 450 } }),
    evaluation({ task: hostile, test: { task: hostile } }),
    evaluation({ student: { encoder: `organisation/${"long".repeat(20)}` } }),
    evaluation({
      student: { encoder: "another" },
      conditions: { created: `/home/${"x".repeat(90)}` },
    }),
    named,
    evaluation(boolqSample),
  ];
  const results = toResults(
    manifests.map((one) => toRun(one)),
    {
      creations: [{ path: "creations/c", manifest: creation(), partial: true }],
      experiments: [{ version: 1, name: hostile, about: hostile }],
      leftOut: [{ path: hostile, why: hostile }],
    },
  );
  return toTex(analyseResults(results));
}

describe("every file", () => {
  test.each([
    "table3.tex",
    "table4.tex",
    "table5.tex",
    "figure5.tex",
    "further.tex",
    "settings.tex",
  ])("%s: balanced braces, as many texts a row as columns, nothing but printable ASCII", (name) => {
    const latex = renderAll()[name] ?? "";
    expect(latex).toMatch(/^[\x20-\x7e\n]+$/);
    // No sign of our own is left out: only those of hostile names are.
    expect(latex.replace(/\[U\+(4E2D|6587|00E9|1F600)\]/g, "")).not.toContain("[U+");
    const bare = latex.replace(/\\[{}&\\]/g, "  ");
    expect(bare.split("{").length).toBe(bare.split("}").length);
    let columns = 0;
    for (const line of bare.split("\n")) {
      if (/^\\begin\{(longtable|tabular)\}\{/.test(line))
        columns = line.split("\\arraybackslash").length - 1;
      if (/^(\{\}|\\quad ).* & /.test(line)) expect(line.split(" & ")).toHaveLength(columns);
    }
  });

  test.skipIf(!part("pdflatex")).each([
    ["a bit of everything", renderAll],
    [
      "the sample alone",
      () => texOf(evaluation(boolqSample), evaluation({ ...boolqSample, ...human })),
    ],
    ["nothing yet", () => texOf()],
    [
      "ways of creating",
      () =>
        texOf(
          evaluation({ conditions: { tokens: 12_000 } }),
          evaluation({ source: "attributes", conditions: { tokens: 12_000, labels: "answered" } }),
          evaluation({ conditions: { tokens: 12_000, select: "coverage", keep: 0.5 } }),
          evaluation({ ...human, conditions: { humanRows: 20 } }),
        ),
    ],
  ])("of %s compiles, and every table fits its page", { timeout: 120_000 }, (_, render) => {
    const files = render();
    const folder = tempFolder();
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    const paper =
      "\\documentclass[twocolumn]{article}\n\\usepackage{array,booktabs}\n\\begin{document}\n";
    writeFileSync(join(folder, "paper.tex"), `${paper}x\\input{settings}\n\\end{document}`);
    const document = [
      "\\documentclass{article}",
      "\\usepackage{array,booktabs,caption,longtable,pdflscape}",
      "\\begin{document}",
      ...Object.keys(files)
        .filter((name) => name !== "settings.tex")
        .map((name) => `\\input{${name}}`),
      "\\end{document}",
    ];
    writeFileSync(join(folder, "all.tex"), document.join("\n"));
    for (const name of files["settings.tex"] === "" ? ["all"] : ["all", "paper"]) {
      const args = ["-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", name];
      const { status, stdout } = spawnSync("pdflatex", args, { cwd: folder, encoding: "utf8" });
      expect(stdout).not.toMatch(/^!/m);
      expect(status).toBe(0);
      expect(
        readFileSync(join(folder, `${name}.pdf`))
          .subarray(0, 5)
          .toString(),
      ).toBe("%PDF-");
      const log = readFileSync(join(folder, `${name}.log`), "latin1");
      const overfull = [...log.matchAll(/Overfull \\hbox \(([\d.]+)pt/g)].map(([, points]) =>
        Number(points),
      );
      expect(Math.max(0, ...overfull)).toBeLessThan(5);
    }
  });
});
