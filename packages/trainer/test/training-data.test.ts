import { join } from "node:path";
import { type Run, toExamplesJsonl } from "@seedling/core/internal";
import { tempFolder } from "@seedling/testing";
import { describe, expect, it } from "vitest";
import { plan } from "../../core/test/planning.ts";
import { loadTrainingData, type TrainingData } from "../src/data/training-data.ts";
import { toTrainingConditions } from "../src/run/train-run.ts";
import {
  deps,
  load,
  makeData,
  makeExamples,
  planOne,
  toQuestions,
  writeCreation,
} from "./creations.ts";

describe("human data", () => {
  it("is the whole train split, with the human dev split", async () => {
    const data = await load("--setting human");
    expect(toQuestions(data.train)).toEqual(toQuestions(makeExamples("train", 40)));
    expect(toQuestions(data.dev)).toEqual(toQuestions(makeExamples("dev", 7)));
    expect(data).toMatchObject({ target: 40, devSource: "human", creation: null });
    expect(data.data).toEqual({ kind: "benchmark", verified: false });
  });

  it("or N of it drawn with the creation seed, a smaller draw inside a larger one", async () => {
    const folder = makeData();
    const draw = async (flags: string) =>
      toQuestions((await load(`--setting human ${flags}`, folder)).train);
    const ten = await draw("--examples 10 --seed 3");
    expect(new Set(ten).size).toBe(10);
    expect((await draw("--examples 20 --seed 3")).slice(0, 10)).toEqual(ten);
    expect(await draw("--examples 10 --seed 3 --train-seed 9")).toEqual(ten);
    expect(await draw("--examples 10 --seed 4")).not.toEqual(ten);
  });

  it("or a few rows of it, those of as small a draw, repeated to N, or to the size of the split", async () => {
    const folder = makeData();
    const draw = async (flags: string) => load(`--setting human ${flags}`, folder);
    const three = toQuestions((await draw("--examples 3")).train);
    const repeated = await draw("--examples 8 --human-rows 3");
    expect(toQuestions(repeated.train)).toEqual([...three, ...three, ...three.slice(0, 2)]);
    expect(repeated.target).toBe(8);
    expect((await draw("--human-rows 3")).train).toHaveLength(40);
    await expect(draw("--examples 50 --human-rows 41")).rejects.toThrow(
      "expected 41 examples (--human-rows), got 40",
    );
    await expect(draw("--examples 2 --human-rows 3")).rejects.toThrow(
      "--human-rows: expected 2 at most, as --examples says, got 3",
    );
  });

  it("cannot be more than there is", async () => {
    await expect(load("--setting human --examples 41")).rejects.toThrow(
      "expected 41 examples (--examples), got 40",
    );
  });

  it("has a tenth held out as the dev split where the task has none, or where asked to", async () => {
    for (const [flags, splits] of [
      ["", { train: 40 }],
      ["--dev created", { train: 40, dev: 7 }],
    ] as const) {
      const data = await load(`--setting human ${flags}`, makeData(splits));
      expect([data.train.length, data.dev.length, data.target]).toEqual([36, 4, 36]);
      expect(data.devSource).toBe("created");
      const all = toQuestions([...data.train, ...data.dev]).sort();
      expect(all).toEqual(toQuestions(makeExamples("train", 40)).sort());
    }
  });

  it("needs the dev split that was asked for", async () => {
    await expect(load("--setting human --dev human", makeData({ train: 40 }))).rejects.toThrow(
      "expected the dev split of yesno_close/creak",
    );
  });
});

describe("a fraction", () => {
  const whole = toQuestions(makeExamples("train", 40));

  it("by prefix is the first ones, rounded, one at least", async () => {
    for (const [fraction, n] of [
      [0.1, 4],
      [0.26, 10],
      [0.001, 1],
      [1, 40],
    ]) {
      const { train, target } = await load(`--setting human --fraction ${fraction}`);
      expect(toQuestions(train)).toEqual(whole.slice(0, n));
      expect(target).toBe(n);
    }
  });

  it("at random is drawn with the train seed", async () => {
    const draw = async (seed: number) =>
      toQuestions(
        (await load(`--setting human --fraction 0.5 --fraction-by random --seed ${seed}`)).train,
      );
    const [one, again, other] = [await draw(1), await draw(1), await draw(2)];
    expect(one).toHaveLength(20);
    expect(one).not.toEqual(whole.slice(0, 20));
    expect(again).toEqual(one);
    expect(other).not.toEqual(one);
  });
});

describe("shuffled labels", () => {
  it.each(["", "--dev created"])("are those of what is trained on alone %s", async (words) => {
    const folder = makeData();
    const plain = await load(`--setting human ${words}`, folder);
    const shuffled = await load(`--setting human --labels shuffled ${words}`, folder);
    expect(shuffled.dev).toEqual(plain.dev);
    expect(toQuestions(shuffled.train)).toEqual(toQuestions(plain.train));
    expect(shuffled.train).not.toEqual(plain.train);
    const seeded = await load(`--setting human --labels shuffled --train-seed 2 ${words}`, folder);
    expect(seeded.train).not.toEqual(shuffled.train);
  });
});

describe("a file of examples", () => {
  const write = (text: string) => join(tempFolder({ "mine.jsonl": text }), "mine.jsonl");
  const good = toExamplesJsonl(makeExamples("mine", 20));

  it("is trained on as it stands, whole or its first ones, with no creation", async () => {
    const file = write(good);
    const all = await load(`--created ${file}`);
    expect(toQuestions(all.train)).toEqual(toQuestions(makeExamples("mine", 20)));
    expect(all).toMatchObject({ target: 20, human: 0, devSource: "human", creation: null });
    const some = await load(`--created ${file} --examples 5`);
    expect(toQuestions(some.train)).toEqual(toQuestions(makeExamples("mine", 5)));
    expect(some.target).toBe(5);
  });

  it("is named by its own name and content among the conditions", async () => {
    const run = await planOne(`--created ${write(good)} --max-length 64`);
    const conditions = toTrainingConditions(run, await loadTrainingData(run, deps));
    expect(conditions).toEqual({
      maxLength: 64,
      created: expect.stringMatching(/^mine\.jsonl \([0-9a-f]{12}\)$/),
    });
  });

  it("counts what repeats an earlier text; with --distinct leaves it out, and draws so many with the train seed", async () => {
    const again = makeExamples("mine", 4).map((one) => ({
      ...one,
      question: ` ${one.question.toUpperCase()}`,
    }));
    const file = write(good + toExamplesJsonl(again));
    const all = await load(`--created ${file}`);
    expect([all.train.length, all.repeats]).toEqual([24, 4]);
    const distinct = await load(`--created ${file} --distinct`);
    expect(toQuestions(distinct.train)).toEqual(toQuestions(makeExamples("mine", 20)));
    expect(distinct).toMatchObject({ target: 20, repeats: 4 });
    const draws = await Promise.all(
      [1, 2].map((seed) => load(`--created ${file} --distinct --examples 8 --train-seed ${seed}`)),
    );
    const [one, other] = draws.map(({ train }) => toQuestions(train));
    expect(new Set(one).size).toBe(8);
    expect(one).not.toEqual(other);
    expect(toQuestions(makeExamples("mine", 20))).toEqual(expect.arrayContaining(one ?? []));
    await expect(load(`--created ${file} --distinct --examples 21`)).rejects.toThrow(
      "mine.jsonl: expected 21 examples (--examples, --distinct), got 20",
    );
  });

  const line = (more: object) =>
    JSON.stringify({ question: "q", options: ["True", "False"], label: true, ...more });

  it.each([
    ["too few", good, "--examples 21", "mine.jsonl: expected 21 examples (--examples), got 20"],
    ["none", "\n", "", /^--created: expected examples in .*mine\.jsonl, got none$/],
    ["a damaged line", `${line({})}\n\n{`, "", "mine.jsonl:3: expected one JSON object a line"],
    ["a label that is no option", line({ label: "x" }), "", "mine.jsonl:1: expected a label among"],
    [
      "options that are not the task's",
      `\uFEFF${line({})}\n${line({ options: ["a", "b"], label: "a" })}`,
      "",
      'mine.jsonl:2: expected the options ["True", "False"] of yesno_close/creak, got ["a", "b"]',
    ],
  ])("with %s is an error that names file and line", async (_, text, flags, expected) => {
    await expect(load(`--created ${write(text)} ${flags}`)).rejects.toThrow(expected);
  });
});

describe("human examples mixed into created ones", () => {
  async function mix(words: string): Promise<TrainingData> {
    const file = join(
      tempFolder({ "f.jsonl": toExamplesJsonl(makeExamples("mine", 30)) }),
      "f.jsonl",
    );
    return load(`--created ${file} ${words}`);
  }

  it("are as many as asked for, each once, and not in a row", async () => {
    const { train, target, human } = await mix("--add-human 10");
    const questions = toQuestions(train);
    const added = questions.filter((question) => question.startsWith("is train"));
    expect([train.length, target, human]).toEqual([40, 40, 10]);
    expect(new Set(added).size).toBe(10);
    expect(questions.filter((question) => question.startsWith("is mine"))).toHaveLength(30);
    const places = added.map((question) => questions.indexOf(question));
    expect(Math.max(...places) - Math.min(...places)).toBeGreaterThan(9);
  });

  it("are drawn with the train seed, fewer of them among more", async () => {
    const drawn = async (words: string) =>
      toQuestions((await mix(words)).train).filter((question) => question.startsWith("is train"));
    const ten = await drawn("--add-human 10 --train-seed 3");
    expect(await drawn("--add-human 10 --train-seed 3 --creation-seed 9")).toEqual(ten);
    expect((await drawn("--add-human 10 --train-seed 4")).sort()).not.toEqual([...ten].sort());
    const twenty = await drawn("--add-human 20 --train-seed 3");
    expect(ten.every((question) => twenty.includes(question))).toBe(true);
  });

  it("are in the mix before a fraction or a dev split is taken", async () => {
    const half = await mix("--add-human 30 --fraction 0.5");
    expect([half.train.length, half.target, half.human]).toEqual([30, 30, 30]);
    const kinds = new Set(toQuestions(half.train).map((question) => question.slice(3, 7)));
    expect(kinds).toEqual(new Set(["mine", "trai"]));
    const held = await mix("--add-human 30 --dev created");
    expect([held.train.length, held.dev.length, held.target]).toEqual([54, 6, 54]);
  });

  it("go into a created set too, and stand in no condition: the source names them", async () => {
    const run = await planOne("--setting tree --examples 30 --add-human 5");
    writeCreation(run, 30, 30);
    const mixed = await loadTrainingData(run, deps);
    expect([mixed.train.length, mixed.human]).toEqual([35, 5]);
    expect(toTrainingConditions(run, mixed)).toEqual({ temperature: 0.5 });
  });

  it("cannot be more than there are", async () => {
    await expect(mix("--add-human 41")).rejects.toThrow(
      "train.jsonl: expected 41 examples (--add-human), got 40",
    );
  });
});

describe("an own task's data", () => {
  const fixture = join(import.meta.dirname, "../../core/test/fixtures/reviews");

  async function planOwn(line: string): Promise<Run> {
    const env = { OPENAI_BASE_URL: "http://127.0.0.1:9/v1" };
    const results = tempFolder();
    const [run] = await plan(`--data ${fixture} --model m --results ${results} ${line}`, { env });
    return run ?? expect.fail("no run");
  }

  it("is called own, known by its mark, and is judged by folds, or by what is held out, where it has no dev split", async () => {
    const human = await planOwn("--setting human");
    const data = await loadTrainingData(human, deps);
    expect([data.train.length, data.dev.length, data.devSource]).toEqual([21, 0, "folds"]);
    const held = await loadTrainingData(await planOwn("--setting human --dev created"), deps);
    expect([held.train.length, held.dev.length, held.devSource]).toEqual([19, 2, "created"]);
    const mlp = await loadTrainingData(await planOwn("--setting human --head mlp"), deps);
    expect([mlp.train.length, mlp.dev.length, mlp.devSource]).toEqual([19, 2, "stratified"]);
    expect(new Set(mlp.dev.map(({ label }) => label)).size).toBe(2);
    expect(data.data).toEqual({ kind: "own", verified: false, mark: human.task.fingerprint });
    const run = await planOwn("--setting tree --examples 20");
    writeCreation(run, 20, 20);
    const created = await loadTrainingData(run, deps);
    expect([created.train.length, created.dev.length]).toEqual([20, 0]);
    expect(created.data).toMatchObject({
      kind: "own",
      mark: expect.stringMatching(/^[0-9a-f]{12}$/),
    });
  });
});
