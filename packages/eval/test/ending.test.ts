import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { endings, toCreationFolder, toResultPath, toTrainingFolder } from "@seedling/core/internal";
import { tempFolder } from "@seedling/testing";
import { expect, it } from "vitest";
import { plan } from "../../core/test/planning.ts";
import { pickResults } from "../src/results/pick-results.ts";
import { listClassifiers, listHeadlines, listNext, renderEnding } from "../src/run/ending.ts";
import { analysisOf, human } from "./analysis-of.ts";
import { toResults, toRun } from "./evaluation-runs.ts";
import { boolqSample, creation, evaluation, onStrategyqa, seeded, training } from "./manifests.ts";

const fixtures = join(import.meta.dirname, "../../core/test/fixtures");
const planAll = (line: string) =>
  plan(`${line} --results ${tempFolder()}`, { env: { OPENAI_BASE_URL: "http://127.0.0.1:9/v1" } });
const planOwn = () => planAll(`--data ${fixtures}/physics,${fixtures}/reviews,creak --model m`);

const none = { creations: [], trainings: [] };

it("has a heading for each kind of sentence that there is", () => {
  const sections = { numbers: ["boolq: 61 %", "piqa: 52 %"], files: [], next: ["Rest."] };
  expect(renderEnding(sections)).toEqual([
    "\nNumbers\n  boolq: 61 %\n  piqa: 52 %",
    "\nWhat to do next\n  Rest.",
  ]);
});

it("has each task's accuracies beside n and the constant answer, and says what is not better than that", () => {
  const { tables } = analysisOf(
    evaluation({ test: { correct: 400 } }),
    evaluation({ ...human, test: { correct: 350 } }),
    evaluation({ test: onStrategyqa }),
    ...[1, 2].map((seed) => evaluation({ ...boolqSample, ...seeded(seed) })),
  );
  // 400 of 686: 58.3 %, Wilson 54.6 to 61.9; 350: 51.0 %, 47.3 to 54.7; the best constant 348 of 686.
  expect(listHeadlines(tables[3], [], toResults([]))).toEqual([
    expect.stringMatching(
      /^yesno_open\/boolq \(60 SAMPLE test items, best constant 55\.0 %\): tree, 2 seeds 61\.7 %/,
    ),
    "yesno_close/creak (686 test items, best constant 50.7 %): human, same N 51.0 % (47.3–54.7), NOT BETTER than that; tree 58.3 % (54.6–61.9)",
  ]);
});

it("has of an own task without a test split what the dev split says", async () => {
  const [physics, reviews] = await planOwn();
  if (!physics || !reviews) throw new Error("expected two runs");
  const path = toResultPath(physics.flags.results, toTrainingFolder(physics));
  const trainings = [{ path, manifest: training(), log: [] }];
  const numbers = listHeadlines({ rows: [] }, [physics, reviews], { trainings });
  expect(numbers).toEqual([
    `physics tree seed 1: no test.jsonl in ${fixtures}/physics: accuracy on dev.jsonl, 685 examples that the classifier was chosen by: 60.0 % (56.3–63.6)`,
  ]);
});

it("names the classifiers of own tasks, says how to ask one and to label a test split", async () => {
  const runs = await planOwn();
  expect(listClassifiers(runs)).toEqual([]);
  const label = `Label fifty real messages, the only figure to trust: npm run review -- FILE --as test --task ${fixtures}/physics; then the same command again.`;
  expect(listNext(runs, none)).toEqual([label]);
  const [physics] = runs as [(typeof runs)[number]];
  const spaced = { ...physics, task: { ...physics.task, folder: "/my tasks" } };
  expect(listNext([spaced], none).join()).toContain(' --as test --task "/my tasks"; then');
  const folders = runs.map(toTrainingFolder);
  for (const folder of folders.slice(1)) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, endings.done), "{}");
  }
  const classifier = `${folders[1]}/classifier`;
  expect(listClassifiers(runs)).toEqual([`The classifier of reviews tree seed 1: ${classifier}`]);
  expect(listNext(runs, none)).toEqual([
    label,
    "Ask its classifier, or from code (after npm run build):",
    `  npm run predict -- --classifier "${classifier}" --text "..."`,
    '  import { loadClassifier } from "@seedling/trainer";',
    `  console.log(await (await loadClassifier("${classifier}")).predict("..."));`,
  ]);
});

it("names --shares where people's labels are far from equal, and what the model itself costs", async () => {
  const [, reviews] = await planOwn();
  if (!reviews) throw new Error("expected two runs");
  const at = (folder: string) => toResultPath(reviews.flags.results, folder);
  const made = { ...training(), data: { kind: "own", verified: true } } as const;
  const dev = { ...made.dev, labels: { positive: 80, negative: 10, neutral: 10 } };
  const trainings = [{ path: at(toTrainingFolder(reviews)), manifest: { ...made, dev }, log: [] }];
  const manifest = creation({ costUsd: 0.3, replies: 30 });
  const creations = [{ path: at(toCreationFolder(reviews)), manifest, partial: false }];
  expect(listNext([reviews], { creations, trainings })).toEqual([
    expect.stringMatching(/^the labels of the dev split are far from equal .*: --shares dev fits/),
    "What m itself answers: the same command with --setting tree,direct, a request for each test item, 0.01 USD each at most, what a reply of the creation cost.",
  ]);
  const even = { ...dev, labels: { positive: 40, negative: 30, neutral: 30 } };
  const [first] = trainings;
  const equal = [{ ...first, manifest: { ...made, dev: even }, path: first?.path ?? "", log: [] }];
  expect(listNext([reviews], { creations, trainings: equal })).toHaveLength(1);
});

it("of the sample says how a model of one's own is asked; of a benchmark only what its labels lack", async () => {
  expect(listNext(await planAll("--data boolq --sample"), none)).toEqual([
    expect.stringMatching(/^These were the bundled sample's rows and replies\. .*OPENAI_BASE_URL/),
  ]);
  const benchmark = await planAll("--data boolq --model m");
  expect(listNext(benchmark, none)).toEqual([]);
  const usage = { promptTokens: 1, completionTokens: 1, uncounted: 0 };
  const creations = [0.5, 0.9].map((agreement) => {
    const labelCheck = { model: "m", times: 1, agreement, usage };
    return { path: "creations/a/tree/1", manifest: creation({ labelCheck }), partial: false };
  });
  expect(listNext(benchmark, { creations, trainings: [] })).toEqual([
    "creations/a/tree/1: only 50.0 % of the answers agree with the created labels: --relabel takes the answers as labels",
  ]);
});

it("is made of the command's own runs: what others left in the folder is not printed", () => {
  const [own, other] = [evaluation(), evaluation(seeded(2))].map((one) => toRun(one));
  if (!own || !other) throw new Error("expected two runs");
  const leftOut = [
    { path: `${own.path}/manifest.json`, why: "changed" },
    { path: "evaluations/x", why: "changed" },
    { path: "creations/a/tree/1b", why: "unfinished" },
  ];
  const experiments = ["mine", "theirs"].map((name) => ({ version: 1 as const, name, about: "" }));
  const results = toResults([own, other], { leftOut, experiments });
  const picked = pickResults(results, new Set([own.path, "creations/a/tree/1"]), "mine");
  expect(picked).toEqual({
    ...results,
    evaluations: [own],
    leftOut: leftOut.slice(0, 1),
    experiments: experiments.slice(0, 1),
  });
});
