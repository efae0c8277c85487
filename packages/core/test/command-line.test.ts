import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseCommandLine } from "../src/flags/command-line.ts";
import { type Flag, type FlagName, flagNames, flagTable, toOption } from "../src/flags/flags.ts";
import { renderHelp } from "../src/flags/help.ts";
import { FlagError } from "../src/messages/errors.ts";
import { ask, toArgs } from "./planning.ts";

const help = renderHelp(["--help", "all"], { npm_lifecycle_event: "experiment" });

/** The only grid of a command line, or the first; null: help was asked for. */
async function parse(line: string, experiments: Record<string, unknown> = {}) {
  return (await parseAll(line, experiments))?.requests[0] ?? null;
}

function parseAll(line: string, experiments: Record<string, unknown>) {
  return parseCommandLine(toArgs(line), async (name) => experiments[name]);
}

function flag(name: FlagName): Flag<unknown> {
  return flagTable[name];
}

describe("the help", () => {
  const words = help.replace(/\s+/g, " ");

  it.each(flagNames)("has %s with its text and its default", (name) => {
    const { value, initial, help: text } = flag(name);
    const option = value === null ? toOption(name) : `${toOption(name)} ${value}`;
    const shown = initial === null || value === null ? text : `${text} (default: ${initial})`;
    expect(words).toContain(`${option} ${shown}`);
  });

  it("has every flag once, by the first stage that it changes", () => {
    const sections = help.split(/^(?=\S.*:$)/m);
    const stages = [
      ["create", "Creation:"],
      ["train", "Training:"],
      ["evaluate", "Evaluation:"],
      ["none", "What changes no result:"],
    ] as const;
    for (const [changes, heading] of stages) {
      const section = sections.find((one) => one.startsWith(`${heading}\n`)) ?? "";
      const listed = Array.from(section.matchAll(/^ {2}(--[\w-]+)/gm), ([, option]) => option);
      const own = flagNames.filter((name) => flagTable[name].changes === changes);
      expect(listed).toEqual(own.map(toOption));
    }
  });

  it("alone has the fifteen flags that matter, three command lines that parse, and where the others are", async () => {
    const short = renderHelp(["--help"], {});
    expect(short.match(/^ {2}--/gm)).toHaveLength(15);
    const lines = Array.from(
      short.matchAll(/^ {2}npm run experiment -- (.*)/gm),
      ([, line = ""]) => line,
    );
    expect(lines).toHaveLength(3);
    for (const line of lines) expect(await parse(line, { "table3-small": {} })).not.toBeNull();
    expect(short).toContain(`--help all lists the other ${flagNames.length - 15} flags, by stage.`);
    expect(short.split("\n").length).toBeLessThan(45);
  });

  it("says what a flag is by default once", () => {
    expect(help.replace(/\s+/g, " ")).toContain(
      "--verify is given; else off) (default: auto) --answers",
    );
  });

  it.each([help, renderHelp(["-h"], {})])("keeps to 110 columns", (text) => {
    for (const line of text.split("\n")) expect(line.length).toBeLessThanOrEqual(110);
  });

  it.each([
    [{ npm_lifecycle_event: "experiment", TURBO_HASH: "x" }, "npx turbo run experiment -- [flags]"],
    [{}, "npm run experiment -- [flags]"],
  ])("starts with how it is called: %j", (env, call) => {
    expect(renderHelp(["--help"], env)).toMatch(`Usage: ${call}\n`);
  });

  it.each([
    "--help",
    "-h",
    "--data boolq --help",
    "--help --data",
    "--bogus --help",
    "--epochs many -h",
    "--sample --help extra",
  ])("is what %j asks for", async (line) => {
    expect(await parse(line)).toBeNull();
  });
});

describe("the flag table", () => {
  it("has defaults that parse, and switches that are off", async () => {
    const { flags, given } = await ask("");
    expect(given.size).toBe(0);
    for (const name of flagNames) {
      const { initial, type, value } = flag(name);
      expect(flags[name]).toEqual(initial === null ? null : type.parse(initial));
      if (value === null) expect(flags[name]).toBe(false);
    }
  });

  it("has the issue's defaults", async () => {
    const { flags } = await ask("");
    expect(flags).toMatchObject({
      setting: ["tree"],
      seed: [1],
      numExamples: 5,
      temperature: 1,
      topP: 1,
      replies: "salvage",
      instruction: "own",
      patience: 20,
      concurrency: 16,
      maxLength: 256,
      encoder: "use-lite",
      similarityEncoder: "Xenova/all-mpnet-base-v2",
      examples: null,
      dev: null,
      model: null,
    });
  });

  it("gives every flag one option", () => {
    expect(new Set(flagNames.map(toOption)).size).toBe(flagNames.length);
    expect(toOption("similarityEncoder")).toBe("--similarity-encoder");
  });
});

describe("a value that is good", () => {
  it.each<[string, FlagName, unknown]>([
    ["--data boolq,csqa", "data", ["boolq", "csqa"]],
    ["--data=boolq", "data", ["boolq"]],
    ["--data yesno_open/boolq", "data", ["yesno_open/boolq"]],
    ["--train-seed 1,1", "trainSeed", [1]],
    ["--setting naive,human", "setting", ["naive", "human"]],
    ["--setting all", "setting", ["all"]],
    ["--seed 1,2,10", "seed", [1, 2, 10]],
    ["--seed 0", "seed", [0]],
    ["--seed 1,2,1", "seed", [1, 2]],
    ["--seed 1,01", "seed", [1]],
    ["--seed 1 --seed 3", "seed", [3]],
    ["--train-seed 4", "trainSeed", [4]],
    ["--temperature 0", "temperature", 0],
    ["--temperature 0.7", "temperature", 0.7],
    ["--temperature 2", "temperature", 2],
    ["--top-p 0", "topP", 0],
    ["--examples 1", "examples", 1],
    ["--fraction 0.1", "fraction", 0.1],
    ["--fraction 1", "fraction", 1],
    ["--shard 2/5", "shard", { index: 2, of: 5 }],
    ["--shard 1/1", "shard", { index: 1, of: 1 }],
    ["--learning-rates 1e-3,0.5", "learningRates", [0.001, 0.5]],
    ["--learning-rates 0.1,0.10", "learningRates", [0.1]],
    ["--timeout 0.5", "timeout", 0.5],
    ["--retries 0", "retries", 0],
    ["--dev created", "dev", "created"],
    ["--replies strict", "replies", "strict"],
    ["--max-tokens original", "maxTokens", "original"],
    ["--relabel", "relabel", 1],
    ["--relabel 3", "relabel", 3],
    ["--relabel=off", "relabel", "off"],
    ["--relabel 0", "relabel", "off"],
    ["--sample", "sample", true],
    ["--allow-short", "allowShort", true],
  ])("%s", async (line, name, value) => {
    const { flags, given } = await ask(line);
    expect(flags[name]).toEqual(value);
    expect([...given]).toEqual([name]);
  });
});

describe("a command line that is bad", () => {
  it.each<[string, string]>([
    ["--seed -1", '--seed: expected a whole number from 0 on, got "-1"'],
    ["--seed 1.5", '--seed: expected a whole number from 0 on, got "1.5"'],
    ["--seed 1,", '--seed: expected a whole number from 0 on, got "1,"'],
    ["--seed one", "--seed: expected a whole number from 0 on"],
    ["--seed 99999999999999999999", "--seed: expected a whole number from 0 on"],
    ["--seed=", '--seed: expected a whole number from 0 on, got ""'],
    ["--train-seed 1,x", "--train-seed: expected a whole number from 0 on"],
    ["--examples 0", "--examples: expected a whole number from 1 on"],
    ["--examples 1e3", '--examples: expected a whole number from 1 on, got "1e3"'],
    ["--num-examples 0", "--num-examples: expected a whole number from 1 on"],
    ["--max-tokens 2k", '--max-tokens: expected a whole number from 1 on, or original, got "2k"'],
    ["--max-tokens 0", "--max-tokens: expected a whole number from 1 on, or original"],
    ["--max-length 7", "--max-length: expected a whole number from 8 on"],
    ["--patience 0", "--patience: expected a whole number from 1 on"],
    ["--concurrency 0", "--concurrency: expected a whole number from 1 on"],
    ["--retries -1", "--retries: expected a whole number from 0 on"],
    ["--epochs 0", "--epochs: expected a whole number from 1 on"],
    ["--batch-size 0", "--batch-size: expected a whole number from 1 on"],
    ["--temperature 2.1", '--temperature: expected a number from 0, 2 at most, got "2.1"'],
    ["--temperature -0.1", "--temperature: expected a number from 0, 2 at most"],
    ["--temperature hot", "--temperature: expected a number from 0, 2 at most"],
    ["--temperature=", "--temperature: expected a number from 0, 2 at most"],
    ["--temperature Infinity", "--temperature: expected a number from 0, 2 at most"],
    ["--top-p 1.01", "--top-p: expected a number from 0, 1 at most"],
    ["--top-p NaN", "--top-p: expected a number from 0, 1 at most"],
    ["--timeout 0", "--timeout: expected a number above 0, 86400 at most"],
    ["--fraction 0", "--fraction: expected a number above 0, 1 at most"],
    ["--shard 0/2", "--shard: expected a part i/n such as 2/5"],
    ["--shard 3/2", "--shard: expected a part i/n such as 2/5"],
    ["--shard 1", "--shard: expected a part i/n such as 2/5"],
    ["--shard 1/2/3", "--shard: expected a part i/n such as 2/5"],
    ["--fraction 10%", "--fraction: expected a number above 0, 1 at most"],
    ["--learning-rates 0.1,0", "--learning-rates: expected a number above 0, 10 at most"],
    [
      "--setting forest",
      '--setting: expected naive or random or diverse or similar or tree or attributes or feedback or pool or human or direct or names or all, got "forest"',
    ],
    ["--setting tree,Tree", "--setting: expected naive or random"],
    ["--replies lenient", '--replies: expected salvage or strict, got "lenient"'],
    ["--dev test", "--dev: expected human or created"],
    ["--fraction-by luck", "--fraction-by: expected prefix or random"],
    ["--data=", "--data: expected a value"],
    ["--model=", "--model: expected a value"],
    ["--model", "option '--model <name>' argument missing"],
    ["--bogus", "unknown option '--bogus'"],
    ["--setings tree", "unknown option '--setings' (Did you mean --setting?)"],
    ["--numExamples 5", "unknown option '--numExamples' (Did you mean --num-examples?)"],
    ["-x", "unknown option '-x'"],
    ["--sample=yes", "--sample"],
    ["--data boolq tree", 'expected flags such as --data boolq, got "tree"'],
    ["boolq", 'expected flags such as --data boolq, got "boolq"'],
  ])("%s: one line that says what was expected", async (line, expected) => {
    const error = await parse(line).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(FlagError);
    const { message } = error as FlagError;
    expect(message).toContain(expected);
    expect(message).not.toMatch(/\n/);
  });

  const words = fc.oneof(
    fc.constantFrom(...flagNames.map(toOption), ...flagNames, "-h", "--", "-", "--no-sample"),
    fc.constantFrom("tree", "all", "1", "0.5", "true", "constructor", "__proto__", "--__proto__"),
    fc.string({ unit: "binary", maxLength: 12 }),
    fc
      .tuple(fc.constantFrom(...flagNames.map(toOption)), fc.string({ maxLength: 6 }))
      .map(([option, value]) => `${option}=${value}`),
  );

  it("never ends in anything but a request, the help or a FlagError of one line", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(words, { maxLength: 6 }), async (args) => {
        try {
          await parseCommandLine(args, async () => ({}));
        } catch (error) {
          expect(error).toBeInstanceOf(FlagError);
          expect((error as FlagError).message).not.toMatch(/[\n\r]/);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe("an experiment file", () => {
  const small = {
    about: "a small one",
    setting: "all",
    seed: [1, 2],
    examples: 100,
    fraction: 0.5,
    allowShort: true,
    sample: false,
  };

  it("gives flags in its own forms, before the defaults", async () => {
    const request = await parse("--experiment small", { small });
    expect(request?.flags).toMatchObject({
      setting: ["all"],
      seed: [1, 2],
      examples: 100,
      fraction: 0.5,
      allowShort: true,
      sample: false,
      patience: 20,
      experiment: "small",
    });
    expect(request?.given.has("examples")).toBe(true);
    expect(request?.given.has("epochs")).toBe(false);
  });

  it("comes after what the command line says, wherever that stands", async () => {
    for (const line of [
      "--experiment small --examples 7 --setting tree",
      "--examples 7 --setting tree --experiment small",
    ]) {
      const request = await parse(line, { small });
      expect(request?.flags).toMatchObject({ examples: 7, setting: ["tree"], seed: [1, 2] });
    }
  });

  const several = {
    about: "three of them",
    data: "creak",
    examples: 100,
    setting: "human",
    runs: [{}, { encoder: "X/a", tune: "full" }, { setting: "tree,human", fraction: 0.5 }],
  };

  it("with runs is a grid for each of them, over the flags beside it", async () => {
    const asked = await parseAll("--experiment several", { several });
    expect(asked?.about).toBe("three of them");
    expect(asked?.requests.map(({ flags }) => flags)).toMatchObject([
      { data: ["creak"], examples: 100, setting: ["human"], encoder: "use-lite", fraction: 1 },
      { data: ["creak"], examples: 100, setting: ["human"], encoder: "X/a", tune: "full" },
      { data: ["creak"], examples: 100, setting: ["tree", "human"], fraction: 0.5 },
    ]);
    expect(asked?.requests.map(({ grid }) => grid)).toEqual([
      "",
      "--encoder X/a --tune full",
      "--fraction 0.5",
    ]);
    expect(asked?.requests[1]?.given.has("tune")).toBe(true);
    expect(asked?.requests[0]?.given.has("tune")).toBe(false);
  });

  it("with runs comes after what the command line says, in each of them", async () => {
    const asked = await parseAll("--experiment several --fraction 0.1 --data csqa", { several });
    for (const { flags } of asked?.requests ?? [])
      expect(flags).toMatchObject({ fraction: 0.1, data: ["csqa"] });
    expect(asked?.requests.map(({ grid }) => grid)).toEqual(["", "--encoder X/a --tune full", ""]);
  });

  it("need not be there, nor say what it is about", async () => {
    expect(await parseAll("", {})).toMatchObject({ about: null, requests: [{ grid: "" }] });
    expect(await parseAll("--experiment bare", { bare: {} })).toMatchObject({ about: null });
  });

  it.each<[string, unknown, string]>([
    ["runs that are no list", { runs: { seed: 1 } }, "not so: runs"],
    ["no runs", { runs: [] }, "not so: runs"],
    ["a run that is no object", { runs: ["tree"] }, "not so: runs"],
    [
      "a run's unknown key",
      { runs: [{}, { sed: 1 }] },
      'experiment small, runs 2: expected flags\' names as keys, got "sed"',
    ],
    [
      "a run's flag that is all runs' business",
      { runs: [{ maxCost: 3 }] },
      'experiment small, runs 1: "maxCost" changes no result, so it is for all runs',
    ],
    ["runs in runs", { runs: [{ runs: [] }] }, "experiment small, runs 1"],
    ["a number for what it is about", { about: 3 }, "not so: about"],
    [
      "an unknown key",
      { exmples: 3 },
      'experiment small: expected flags\' names as keys, got "exmples"',
    ],
    ["an option's spelling", { "num-examples": 3 }, 'got "num-examples"'],
    ["another experiment", { experiment: "other" }, 'got "experiment"'],
    [
      "a bad value",
      { epochs: "many" },
      'experiment small: --epochs: expected a whole number from 1 on, got "many"',
    ],
    ["a bad item", { seed: [1, "x"] }, "--seed: expected a whole number from 0 on"],
    ["a switch that is neither", { sample: "yes" }, "--sample: expected true or false"],
    ["a value that is null", { model: null }, "model"],
    ["a value that is an object", { data: { name: "boolq" } }, "data"],
    ["a list in a list", { data: [["boolq"]] }, "data"],
    ["a list instead of an object", ["boolq"], "experiment small"],
    ["null instead of an object", null, "experiment small"],
    ["a number instead of an object", 3, "experiment small"],
    ["a text instead of an object", "tree", "experiment small"],
  ])("with %s is refused in one line", async (_, written, expected) => {
    const error = await parse("--experiment small", { small: written }).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(FlagError);
    expect((error as FlagError).message).toContain(expected);
    expect((error as FlagError).message).not.toMatch(/\n/);
  });
});
