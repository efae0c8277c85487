import { describe, expect, it } from "vitest";
import { renderModelCard } from "../src/classifier/model-card.ts";
import type { TrainingManifest } from "../src/classifier/training-manifest.ts";
import { trainingManifest } from "./toy-student.ts";

const facts: TrainingManifest = {
  ...trainingManifest,
  task: "yesno_close-creak",
  source: "tree",
  seeds: { example: 1, creation: 2, train: 3 },
  data: { kind: "benchmark", verified: true },
  completions: { kind: "live", model: "some-model", date: "2026-11-24T10:00:00Z" },
  train: { n: 1200, target: 1200, human: 0, labels: { True: 700, False: 500 } },
  dev: { source: "created", n: 100, accuracy: 0.5, loss: 0.69, collapsed: false },
  student: { encoder: "FacebookAI/roberta-large", tune: "full" },
  conditions: {},
  best: { learningRate: 0.00002, batchSize: 16, epoch: 3 },
  cut: { train: { texts: 0, tokens: 0 }, dev: { texts: 0.1, tokens: 0.031 } },
  backend: "tfjs-node-gpu 4.22.0",
};

const card = renderModelCard(facts);

/** The lines between the first two rules. */
function toFrontMatter(card: string): string[] {
  const lines = card.split("\n");
  return lines.slice(1, lines.indexOf("---", 1));
}

describe("renderModelCard", () => {
  it("starts with the hub's front matter", () => {
    expect(card.startsWith("---\n")).toBe(true);
    expect(toFrontMatter(card)).toEqual([
      'base_model: "FacebookAI/roberta-large"',
      "library_name: transformers",
      "pipeline_tag: text-classification",
      "tags:",
      "  - seedling",
      "  - fine-tuned",
      "  - synthetic-data",
    ]);
  });

  it.each([
    ["- **Task:** yesno\\_close-creak"],
    [
      "- **Trained on:** data that some-model created from one example (setting tree), asked until 2026-11-24; the benchmark's original files",
    ],
    ["- **Examples:** 1,200\n"],
    ["- **Labels:** True 700, False 500"],
    ["- **Model:** FacebookAI/roberta-large, fully fine-tuned"],
    // Wilson's interval of 50 in 100, as in tables of it.
    ["- **Dev accuracy:** 50.0 % (95 % interval 40.4 % to 59.6 %; 100 created items)."],
    ["- **Trial:** learning rate 2e-5, batch size 16, epoch 3"],
    ["- **Seeds:** example 1, creation 2, train 3"],
    ["- **Truncated at the maximum length:** none of the training tokens, 3.1 % of dev's"],
    ['npm run --silent predict -- --classifier DIR --text "..."\n'],
    ['import { loadClassifier } from "@seedling/trainer";\n'],
    ['const { label, probabilities } = await classifier.predict("...");'],
    ["A language model (some-model) wrote the training examples"],
    ["are in transformers' own format; `config.json` names the class that loads them."],
  ])("says %j", (said) => {
    expect(card).toContain(said);
  });

  it.each<[string, Partial<TrainingManifest>, string]>([
    [
      "a bundled recording",
      { completions: { kind: "sample", model: "m", date: "2026-01-02" } },
      "> **SAMPLE.** It was trained on the small sample",
    ],
    [
      "bundled data",
      { completions: null, source: "human", data: { kind: "sample", verified: true } },
      "> **SAMPLE.** It was trained on the small sample",
    ],
    [
      "a collapse",
      { dev: { ...facts.dev, collapsed: true } },
      "> **COLLAPSED.** It gives one and the same answer",
    ],
    [
      "a replay",
      { completions: { kind: "replay", model: "m", date: "2026-01-02" } },
      "replayed from a recording of 2026-01-02",
    ],
    [
      "human data",
      { completions: null, source: "human" },
      "the task's own train split, labelled by people",
    ],
    ["a file", { completions: null, source: "file" }, "**Trained on:** a file of examples"],
    [
      "other files",
      { data: { kind: "benchmark", verified: false } },
      "benchmark files that are not the original's",
    ],
    [
      "an own task",
      { data: { kind: "own", verified: false, mark: "ab12" } },
      "a task of the user's own (ab12)",
    ],
    [
      "a creation that stopped short",
      { train: { ...facts.train, n: 900 } },
      "900 (1,200 were wanted)",
    ],
    [
      "human examples",
      { train: { ...facts.train, human: 10 } },
      "1,200, with 10 human ones mixed in",
    ],
    [
      "conditions",
      { conditions: { fraction: 0.5 } },
      "**Other settings than the defaults:** fraction 0.5",
    ],
    [
      "a cut too small for a digit",
      { cut: { ...facts.cut, train: { texts: 0.01, tokens: 0.0004 } } },
      "less than 0.1 % of the training tokens",
    ],
    [
      "a penalty",
      { best: { l2: 0.0003 }, student: { encoder: "use-lite", tune: "head" } },
      "**Trial:** L2 penalty 3e-4\n",
    ],
    [
      "a cut input",
      { conditions: { input: "options" } },
      "**Reads:** the options alone (a control): it leaves question and context out",
    ],
    [
      "a frozen encoder",
      { student: { encoder: "use-lite", tune: "head" } },
      "Only the head is in this folder; the encoder, use-lite",
    ],
    [
      "varying options",
      { train: { ...facts.train, labels: null } },
      '--text "..." --options "option A,option B"',
    ],
  ])("tells of %s", (_, given, said) => {
    expect(card).not.toContain(said);
    expect(renderModelCard({ ...facts, ...given })).toContain(said);
  });

  it("leaves to Seedling a head that transformers does not have", () => {
    const mean = renderModelCard({ ...facts, conditions: { head: "mean" } });
    expect(toFrontMatter(mean)).toContain("library_name: seedling");
    expect(mean).toContain("its `AutoModel` loads the encoder. The head, `classifier.weight`");
    expect(mean).not.toContain("names the class that loads them");
  });

  it("names no base model that is not the hub's, and no synthetic data where there is none", () => {
    const student = { encoder: "use-lite", tune: "head" } as const;
    const own = renderModelCard({ ...facts, student, completions: null, source: "human" });
    expect(toFrontMatter(own)).toEqual([
      "library_name: seedling",
      "pipeline_tag: text-classification",
      "tags:",
      "  - seedling",
      "  - frozen-encoder",
    ]);
    expect(own).not.toContain("language model");
  });

  it("keeps texts from outside from being anything but text", () => {
    const evil = 'x/<script>\n---\n# y\u001b[2J `z` | **a** [b](c) & "d"';
    const hostile = renderModelCard({
      ...facts,
      task: evil,
      student: { encoder: evil, tune: "full" },
      completions: { kind: "live", model: evil, date: "2026-11-24" },
      train: { ...facts.train, labels: { [evil]: 1, "```": 2 } },
      conditions: { [evil]: evil },
      backend: evil,
    });
    expect(toFrontMatter(hostile)).toEqual([
      'base_model: "x/<script> --- # y[2J `z` | **a** [b](c) & \\"d\\""',
      ...toFrontMatter(card).slice(1),
    ]);
    const body = hostile.slice(hostile.indexOf("\n---\n") + 5);
    const deps = body.replace(/```ts\n[\s\S]*?\n```/, "");
    expect(deps).not.toMatch(/<script>|^# y|[^\\]\*\*a|[^\\]\[b/m);
    expect(body).not.toContain("\u001b");
    expect(body.match(/^```/gm)?.length).toBe(4);
  });

  it("gives the hub what was evaluated, with intervals", () => {
    const evaluations = [
      {
        ...{ test: "yesno_close/creak", isSample: false, n: 1000, correct: 612 },
        ...{ labels: { True: 550, False: 450 }, macroF1: 0.6 },
      },
      {
        ...{ test: '../my "set"', isSample: true, n: 6, correct: 3 },
        ...{ labels: null, macroF1: null },
      },
    ];
    const evaluated = renderModelCard(facts, { evaluations });
    const front = toFrontMatter(evaluated);
    // Wilson's interval of 612 in 1,000.
    expect(front.slice(front.indexOf("model-index:"))).toEqual([
      "model-index:",
      '  - name: "yesno_close-creak, tree"',
      "    results:",
      "      - task:",
      "          type: text-classification",
      "        dataset:",
      '          name: "yesno_close/creak"',
      '          type: "yesno_close/creak"',
      "          split: test",
      "        metrics:",
      "          - type: accuracy",
      "            value: 0.6120",
      '            name: "Accuracy (95 % interval 0.5814 to 0.6417, 1,000 items)"',
      "          - type: f1",
      "            value: 0.6000",
      '            name: "Macro F1"',
      "      - task:",
      "          type: text-classification",
      "        dataset:",
      '          name: "my \\"set\\" (SAMPLE)"',
      '          type: "my \\"set\\""',
      "          split: test",
      "        metrics:",
      "          - type: accuracy",
      "            value: 0.5000",
      '            name: "Accuracy (95 % interval 0.1876 to 0.8124, 6 items)"',
    ]);
    expect(evaluated).toContain(
      "| yesno\\_close/creak | 1,000 | 61.2 % | 58.1 % to 64.2 % | 55.0 % | 0.600 |",
    );
    expect(evaluated).toContain("but for the results above, nothing was measured on others");
    expect(card).not.toContain("## Results");
  });

  it.each([
    [true, 'await pipeline("text-classification", "DIR", { dtype: "q8" })'],
    [false, "tokenizer and model are called apart"],
  ])("says how an ONNX export is used; single texts: %s", (isSingleText, said) => {
    const exported = renderModelCard(facts, { onnx: { isSingleText } });
    expect(toFrontMatter(exported)).toEqual(
      expect.arrayContaining(["library_name: transformers.js", "  - onnx"]),
    );
    expect(exported).toContain(said);
    expect(exported).not.toContain("npm run");
    expect(exported.match(/^## Limits$/gm)).toHaveLength(1);
  });

  it("is the same for the same facts", () => {
    expect(renderModelCard(structuredClone(facts))).toBe(card);
  });
});
