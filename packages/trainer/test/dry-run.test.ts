import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  type Context,
  type Example,
  openBackend,
  type Run,
  toExamplesJsonl,
  toText,
  toTrainingFolder,
} from "@seedling/core/internal";
import { tempFolder } from "@seedling/testing";
import { describe, expect, it } from "vitest";
import { plan, server } from "../../core/test/planning.ts";
import { parseEncoderConfig } from "../src/encoder/encoder-config.ts";
import { listParameters } from "../src/encoder/parameters.ts";
import { openFrozenEncoder } from "../src/features/frozen-encoder.ts";
import { printDryRun } from "../src/run/dry-run.ts";
import {
  type EncodedSet,
  estimateEncoding,
  measureEncoding,
} from "../src/run/estimate-encoding.ts";
import { createFitEstimate } from "../src/run/estimate-fits.ts";
import { countOperations, estimateTuning, knownEncoders } from "../src/run/estimate-tuning.ts";
import { makeData, makeExamples } from "./creations.ts";
import { tinyNames, toTinyFolder } from "./golden.ts";
import { fixtures } from "./golden-encoders.ts";
import { trainingManifest } from "./toy-student.ts";

/** What a dry run of a line says. @param before is told of its runs */
async function forecast(line: string, before: (runs: Run[]) => void = () => {}): Promise<string> {
  const said: string[] = [];
  const ctx: Context = {
    env: {},
    fetch: () => Promise.reject(new Error("a forecast asks no network")),
    log: (text) => said.push(text),
    panel: null,
    onInterrupt: () => () => {},
  };
  const runs = await plan(`${line} --backend wasm`, { env: server });
  before(runs);
  await printDryRun(runs, ctx);
  return said.join("\n");
}

const sample = "--data boolq --sample --setting human";

const claim: Example = { question: "Is it?", context: null, options: ["True", "False"], label: 0 };

/** A frozen encoder that is opened at once. */
const frozen = `--encoder ${join(fixtures, "bge-small")}`;

/** An encoder of two layers, but for its weights. */
const tiny = {
  "config.json": readFileSync(join(toTinyFolder("tiny-bert"), "config.json"), "utf8"),
};

describe("a forecast of training", () => {
  it("says what frozen encoders read, train, dev and test splits, and ends in a total", async () => {
    const said = await forecast(`${sample} --examples 12 --train-seed 1,2 ${frozen}`);
    expect(said).toContain("Heads on frozen encoders: 2 runs");
    // 12 examples, 32 of dev, and two test sets of 64: all seeds read the same.
    expect(said).toMatch(/^ {2}bge-small: 172 texts, about \d+.* s/m);
    expect(said).toMatch(/\nTotal, training: {3}2 to do, 0 done; about [^;]*$/);
  });

  it("counts what is done, and an encoder that is not here", async () => {
    const said = await forecast(
      `${sample} --examples 12 --seed 1,2,3 --encoder Nobody/knows-it --results ${tempFolder()}`,
      ([first]) => {
        const folder = toTrainingFolder(first as Run);
        mkdirSync(folder, { recursive: true });
        writeFileSync(join(folder, "manifest.json"), JSON.stringify(trainingManifest));
      },
    );
    expect(said).toContain("not timed: it is not on this machine");
    expect(said).toMatch(/\nTotal, training: {3}2 to do, 1 done; of 3 runs the time is not known$/);
  });

  it("says once what full tunings alike take each", async () => {
    const said = await forecast(
      `${sample} --examples 32 --train-seed 1,2,3 --grid-seeds 1 --tune full --encoder FacebookAI/roberta-base`,
    );
    expect(said).toMatch(
      /^ {2}yesno_open\/boolq human seed 1: 32 examples, 3 trials of 10 epochs, 60 steps, about /m,
    );
    expect(said).toMatch(
      /^ {2}yesno_open\/boolq human seed 1\/1\/2 and 1 run more, each: 32 examples, 1 trial of 10 epochs, 20 steps, about /m,
    );
    expect(said).toMatch(/\nTotal, training: {3}3 to do, 0 done; about [^;]*$/);
  });

  it("knows the time of an encoder by its short name", async () => {
    const flags = `${sample} --examples 32 --tune full --recipe script --results ${tempFolder()}`;
    const said = await forecast(`${flags} --encoder roberta-base`);
    expect(said).toMatch(/3 trials of 10 epochs, 30 steps, about /);
  });

  const full = `${sample} --examples 32 --tune full`;
  it.each<[string, Record<string, string>, string, string]>([
    [
      "a config.json that is no JSON",
      { "config.json": "junk" },
      "",
      "config.json: expected a JSON object, got ",
    ],
    ["no config.json", {}, "", "with config.json"],
    [
      "a family that we do not have",
      { "config.json": '{"model_type": "t5"}' },
      "",
      "modernbert, got t5",
    ],
    [
      "fewer layers than are to be frozen",
      tiny,
      "--freeze 3",
      "--freeze 3: expected at most the 2",
    ],
  ])("says of an encoder with %s that the run cannot start", async (_, files, flags, said) => {
    const folder = tempFolder(files);
    const lines = await forecast(`${full} --encoder ${folder} ${flags}`);
    expect(lines).toMatch(
      /\nTrainings that cannot start\n {2}yesno_open\/boolq human seed 1: .+\n/,
    );
    expect(lines).toContain(said);
    expect(lines).toMatch(/\nTotal, training: {3}0 to do, 0 done, 1 cannot start$/);
  });

  it.each([
    ["--setting human", "expected the train split of mcqa_2/piqa at"],
    [
      "--setting tree --model m",
      "its creation cannot start: expected the train split of mcqa_2/piqa",
    ],
  ])("does not count what cannot start: %s without a train file", async (setting, reason) => {
    const folder = tempFolder();
    const flags = `--data piqa --data-dir ${folder} ${setting} --results ${folder} --train-seed 1,2`;
    const said = await forecast(flags);
    expect(said).toContain("mcqa_2/piqa");
    expect(said).toContain(` and 1 run more, each: ${reason}`);
    expect(said).toMatch(/\nTotal, training: {3}0 to do, 0 done, 2 cannot start$/);
  });

  it("counts the examples of a file while a split is still to be downloaded", async () => {
    const data = makeData({ train: 40 });
    const created = join(data, "mine.jsonl");
    writeFileSync(created, toExamplesJsonl(makeExamples("mine", 8)));
    const flags = `--data creak --data-dir ${data} --created ${created} --dev human --tune full`;
    const say = () =>
      forecast(`${flags} --encoder FacebookAI/roberta-base --results ${data}`, (runs) => {
        for (const run of runs) run.data.download = true;
      });
    const said = await say();
    expect(said).toContain("1 once its examples are there");
    expect(said).toContain(": 8 examples, 3 trials");
    writeFileSync(created, "{");
    const damaged = await say();
    expect(damaged).toContain(`${created}:1: `);
    expect(damaged).toMatch(/\nTotal, training: {3}0 to do, 0 done, 1 cannot start$/);
  });

  it("counts what waits for its creation", async () => {
    const flags = `--data boolq --sample --setting tree ${frozen}`;
    const said = await forecast(`${flags} --results ${tempFolder()}`);
    expect(said).toMatch(
      /\nTotal, training: {3}1 to do \(1 once its examples are there\), 0 done; about /,
    );
  });

  it.each([
    ["", 44, 32],
    ["--dev created --fraction 0.5 --add-human 20", 29, 3],
  ])("counts the examples that a creation is to make: %s", async (flags, train, dev) => {
    const base = `--data boolq --sample --setting tree --results ${tempFolder()} ${flags}`;
    const full = await forecast(`${base} --tune full --encoder FacebookAI/roberta-base`);
    expect(full).toContain(`: ${train} examples, 3 trials of 10 epochs, `);
    // Two test sets of 64.
    expect(await forecast(`${base} ${frozen}`)).toContain(
      `bge-small: ${train + dev + 128} texts, about `,
    );
  });

  it("counts in the singular, what is frozen or computed twice, and epochs that are run", async () => {
    const recipe = "--learning-rates 1e-5 --encoder FacebookAI/roberta-large";
    const script = "--recipe script --batch-size 20 --epochs 6";
    const [whole, frozen, twice, carried] = await Promise.all(
      ["--epochs 1", "--epochs 1 --freeze 24", "--epochs 1 --recompute on", script].map(
        async (own) => {
          const run = (await plan(`${full} ${recipe} ${own}`))[0] as Run;
          const toSet = (n: number) => ({ name: "claims", n, sample: [claim] });
          return estimateTuning(run, { train: toSet(32), dev: toSet(1) }, false);
        },
      ),
    );
    expect(whole?.text).toBe("32 examples, 1 trial of 1 epoch, 2 steps");
    // 32 examples and one of dev: 97 passes forward, 33 with the head alone, 129 with each layer twice.
    expect((frozen?.operations ?? 0) / (whole?.operations ?? 1)).toBeCloseTo(33 / 97, 9);
    expect((twice?.operations ?? 0) / (whole?.operations ?? 1)).toBeCloseTo(129 / 97, 9);
    // Six steps of 5 micro-batches are over within four epochs of 8.
    expect(carried?.text).toBe("32 examples, 1 trial of 4 epochs, 6 steps");
    expect((carried?.operations ?? 0) / (whole?.operations ?? 1)).toBeCloseTo(4, 9);
  });
});

describe("the time of encoding", () => {
  const toExample = (question: string): Example => ({
    question,
    context: null,
    options: ["True", "False"],
    label: 0,
  });
  const claims = ["ab", "abcd", "ab"].map(toExample);

  async function read(line: string, name: string, n: number): Promise<EncodedSet> {
    const [run] = await plan(`${sample} ${line}`);
    return { run: run as Run, name, n, sample: claims };
  }

  it("goes by the letters of different texts, those of one name once", async () => {
    const asked: string[][] = [];
    const readings = [
      await read("", "train", 30),
      await read("--fraction 0.5", "train", 15),
      await read("--labels shuffled", "train", 30),
      await read("", "dev", 6),
      await read("--encoder some/model --dtype q8", "train", 3),
    ];
    const encodings = await estimateEncoding(readings, async ({ encoder }, texts) => {
      asked.push([encoder, ...texts.map(toText)]);
      const kept = new Set<string>();
      return encoder === "use-lite" ? { seconds: 0.6, dimensions: 4, kept } : "it has no weights";
    });
    // Two texts of six letters for every three examples: 36 of them, at 12 letters in 0.6 s.
    expect(encodings).toEqual([
      {
        encoder: "use-lite",
        texts: 24,
        missing: 24,
        measured: { seconds: expect.closeTo(3.6, 9), dimensions: 4 },
      },
      { encoder: "some/model", texts: 2, missing: 2, measured: "it has no weights" },
    ]);
    expect(asked).toEqual([
      ["use-lite", "ab", "abcd", "ab", "abcd"],
      ["some/model", "ab", "abcd"],
    ]);
  });

  it("counts no letter beyond the maximum length", async () => {
    const long = { ...(await read("--max-length 8", "x", 1)), sample: [toExample("a".repeat(99))] };
    const measured = { seconds: 1, dimensions: 4, kept: new Set<string>() };
    const [encoding] = await estimateEncoding([{ ...long, n: 10 }], async () => measured);
    expect(encoding?.measured).toEqual({ seconds: 10, dimensions: 4 });
  });

  it("leaves out texts whose vectors are kept", async () => {
    const set = await read("", "train", 30);
    const kept = new Set(["abcd"]);
    const [encoding] = await estimateEncoding([set], async () => ({
      seconds: 0.6,
      dimensions: 4,
      kept,
    }));
    // Of 20 texts the 10 of two letters each, where the probe of 6 letters took 0.6 s.
    expect(encoding).toMatchObject({ texts: 20, missing: 10 });
    expect(encoding?.measured).toEqual({ seconds: expect.closeTo(2, 9), dimensions: 4 });
  });

  it("is measured with the encoder itself, or not at all", async () => {
    const named = { maxLength: 16, runtime: "onnx", dtype: null } as const;
    const vectorCache = tempFolder();
    const texts = { probe: ["a"], all: ["a", "b"], vectorCache };
    const measure = (encoder: string) => measureEncoding({ ...named, encoder }, texts, openBackend);
    expect(await measure("use-lite")).toMatchObject({ dimensions: 512, kept: new Set() });
    expect(readdirSync(vectorCache)).toEqual([]);
    const encoder = join(fixtures, "bge-small");
    const embed = await openFrozenEncoder({ ...named, encoder }, { vectorCache });
    await embed.embed(["b"]);
    await embed.dispose();
    expect(await measure(encoder)).toMatchObject({ dimensions: 32, kept: new Set(["b"]) });
    expect(await measure("No/such")).toBe("it is not on this machine");
    const folder = tempFolder({ "config.json": "{}" });
    expect(await measure(folder)).toContain("it has no tokenizer.json");
  });
});

describe("the time of fits", () => {
  it.each(["", "--head mlp"])("grows with examples and epochs: %s", async (line) => {
    const estimate = createFitEstimate(() => openBackend());
    const [run, longer] = [
      await plan(`${sample} ${line}`),
      await plan(`${sample} ${line} --epochs 40`),
    ];
    const option: Example = { question: "?", context: null, options: ["True", "False"], label: 0 };
    const fit = (of: Run[], n: number) =>
      estimate(of[0] as Run, { name: "x", n, sample: [option] }, 16);
    const one = await fit(run, 100);
    expect(one).toBeGreaterThan(0);
    expect((await fit(run, 300)) / one).toBeCloseTo(3, 9);
    // An MLP has ten epochs by default; a linear head has none.
    if (line) expect((await fit(longer, 100)) / one).toBeCloseTo(4, 9);
  });
});

describe("the operations of an encoder for a token", () => {
  it.each(tinyNames)("are two for each number of a layer's matrices: %s", (name) => {
    const path = join(toTinyFolder(name), "config.json");
    const config = parseEncoderConfig(JSON.parse(readFileSync(path, "utf8")), path);
    const matrices = listParameters(config).filter(
      ({ name, shape }) => name.startsWith("layer.") && shape.length === 2,
    );
    const numbers = matrices.reduce(
      (sum, { shape: [rows = 0, columns = 0] }) => sum + rows * columns,
      0,
    );
    expect(countOperations(config)).toBe(2 * numbers);
  });

  it("are those of the paper's student before it is here: 302 million numbers in its layers", () => {
    const large = knownEncoders["FacebookAI/roberta-large"];
    expect(large && countOperations(large) / 2).toBe(301_989_888);
  });
});
