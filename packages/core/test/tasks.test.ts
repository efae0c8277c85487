import { describe, expect, it } from "vitest";
import {
  allSettings,
  createdSettings,
  isCreated,
  paperSettings,
  sourceNames,
} from "../src/data/sources.ts";
import {
  canAnswer,
  type Form,
  type Format,
  findTask,
  formats,
  isOfForm,
  renderForm,
  taskNamed,
  tasks,
  toFolderName,
  toShortName,
} from "../src/data/tasks.ts";
import { benchmarks, readBenchmarksManifest, readShared } from "./real-benchmarks.ts";

interface Published {
  table3_in_distribution: { columns: string[]; train_size: number[] };
  table4_out_of_distribution: { columns_probable: [string, string][] };
}

describe("the task table", () => {
  it("holds ten tasks, each once and of its group's form", () => {
    expect(tasks).toHaveLength(10);
    expect(new Set(tasks.map(({ name }) => name)).size).toBe(10);
    for (const task of tasks)
      expect(task).toMatchObject(formats[task.name.split("/")[0] as Format]);
  });

  it("names as partners other tasks that the same classifier can answer", () => {
    for (const task of tasks)
      for (const partner of task.partners.map(taskNamed)) {
        expect(partner).not.toBe(task);
        expect(canAnswer(task, partner)).toBe(true);
      }
  });

  it("has a partner for every task but closed BoolQ", () => {
    const alone = tasks.filter(({ partners }) => partners.length === 0);
    expect(alone.map(({ name }) => name)).toEqual(["yesno_close/boolq"]);
  });

  describe.skipIf(!benchmarks)("beside what was published (../shared)", () => {
    it("has Table 3's tasks in its order, with their train sizes", () => {
      const { columns, train_size } =
        readShared<Published>("published/tables.json").table3_in_distribution;
      expect(tasks.map(({ name }) => name)).toEqual(columns);
      expect(tasks.map(({ trainSize }) => trainSize)).toEqual(train_size);
    });

    it("has Table 4's pairs with their probable labels", () => {
      const { columns_probable } =
        readShared<Published>("published/tables.json").table4_out_of_distribution;
      const pairs = tasks.flatMap(({ name, partners }) =>
        partners.map((partner) => `${toShortName(name)} -> ${toShortName(partner)}`),
      );
      expect(pairs.sort()).toEqual(columns_probable.map((pair) => pair.join(" -> ")).sort());
    });

    it("agrees with the train files that could be counted, and has every file's task", () => {
      const { files } = readBenchmarksManifest();
      for (const { path, examples } of files) {
        const [, name = "", split] = /^(.*)\/(\w+)\.jsonl$/.exec(path) ?? [];
        const { trainSize } = taskNamed(name);
        if (split === "train" && examples !== undefined) expect(trainSize).toBe(examples);
      }
      expect(files.length).toBe(3 * tasks.length);
    });
  });
});

describe("findTask", () => {
  it("finds every task by its full name, and logs nothing", () => {
    for (const task of tasks) expect(findTask(task.name, expect.fail)).toBe(task);
  });

  it.each(tasks.filter(({ name }) => !name.endsWith("/boolq")).map(({ name }) => name))(
    "finds %s by its short name",
    (name) => {
      expect(findTask(toShortName(name), expect.fail)).toBe(taskNamed(name));
    },
  );

  it("takes bare boolq for the open one and says so", () => {
    const logged: string[] = [];
    expect(findTask("boolq", (line) => logged.push(line))?.name).toBe("yesno_open/boolq");
    expect(logged).toEqual(["boolq means yesno_open/boolq here (not yesno_close/boolq)"]);
  });

  it.each([
    "",
    "BoolQ",
    "yesno_open",
    "yesno_open/",
    "boolq ",
    "all",
    "toString",
    "yesno_open/creak",
  ])("knows no %j", (name) => {
    expect(findTask(name)).toBeNull();
  });

  it("a full name that is not in the table is a bug", () => {
    expect(() => taskNamed("boolq")).toThrow(RangeError);
  });
});

it.each([
  ["yesno_open/boolq", "yesno_open-boolq"],
  ["../../etc", "etc"],
  ["/a b/c\u00e9", "a-b-c-"],
  [".hidden", "hidden"],
  ["感情", "task"],
])("toFolderName makes %j a folder's name: %j", (name, folder) => {
  expect(toFolderName(name)).toBe(folder);
});

it("all settings are the paper's five and human; what came later is created, too, and named", () => {
  expect(paperSettings).toEqual(["naive", "random", "diverse", "similar", "tree"]);
  expect(allSettings).toEqual([...paperSettings, "human"]);
  expect(sourceNames).toEqual([...createdSettings, "pool", "human", "file", "direct", "names"]);
  expect(sourceNames.filter(isCreated)).toEqual([...createdSettings, "pool"]);
});

const three: Form = {
  options: "fixed",
  optionCount: 3,
  labels: ["positive", "negative", 'so "so"'],
  context: false,
};

const toExample = (options: string[], context: string | null = null) => ({
  question: "q",
  context,
  options,
  label: 0,
});

it.each<[Form, string]>([
  [formats.yesno_open, '2 options ["True", "False"] and a context'],
  [formats.yesno_close, '2 options ["True", "False"]'],
  [formats.mcqa_5, "5 options"],
  [three, '3 options ["positive", "negative", "so \\"so\\""]'],
])("%j is in words %s", (form, words) => {
  expect(renderForm(form)).toBe(words);
});

describe("isOfForm", () => {
  it.each<[boolean, string[], string | null, Form]>([
    [true, ["True", "False"], "c", formats.yesno_open],
    [true, ["False", "True"], "c", formats.yesno_open],
    [true, ["True", "False"], "c", formats.yesno_close],
    [false, ["True", "False"], null, formats.yesno_open],
    [false, ["True", "True"], null, formats.yesno_close],
    [false, ["True", "False", "Maybe"], null, formats.yesno_close],
    [true, ['so "so"', "positive", "negative"], null, three],
    [false, ["positive", "negative", "Negative"], null, three],
    [false, ["positive", "negative"], null, three],
    [true, ["a", "a"], null, formats.mcqa_2],
    [false, ["a", "b", "c"], null, formats.mcqa_2],
  ])("says %s of the options %j with context %j", (fits, options, context, form) => {
    expect(isOfForm(toExample(options, context), form)).toBe(fits);
  });
});

describe("canAnswer", () => {
  it.each<[boolean, Form, Form]>([
    [true, formats.mcqa_2, formats.mcqa_5],
    [true, formats.yesno_open, formats.yesno_close],
    [true, three, { ...three, labels: ["negative", 'so "so"', "positive"] }],
    [false, formats.mcqa_2, formats.yesno_close],
    [false, three, formats.mcqa_5],
    [false, three, formats.yesno_close],
    [false, formats.yesno_close, three],
    [false, three, { ...three, labels: ["positive", "negative", "mixed"] }],
  ])("says %s, either way round", (can, one, other) => {
    expect([canAnswer(one, other), canAnswer(other, one)]).toEqual([can, can]);
  });
});
