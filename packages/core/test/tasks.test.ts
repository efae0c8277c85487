import { describe, expect, it } from "vitest";
import { canAnswer } from "../src/data/form.ts";
import { allSettings, createdSettings, isCreated, sourceNames } from "../src/data/sources.ts";
import {
  type Format,
  findTask,
  formats,
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
    for (const task of tasks) expect(findTask(task.name)).toEqual({ task });
  });

  it.each(tasks.filter(({ name }) => !name.endsWith("/boolq")).map(({ name }) => name))(
    "finds %s by its short name",
    (name) => {
      expect(findTask(toShortName(name))).toEqual({ task: taskNamed(name) });
    },
  );

  it("takes bare boolq for the open one and says so", () => {
    const found = findTask("boolq");
    expect(found?.task.name).toBe("yesno_open/boolq");
    expect(found?.log).toBe("boolq means yesno_open/boolq here (not yesno_close/boolq)");
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

it("the sources offered are the paper's five and human; only the five are created", () => {
  expect(allSettings).toEqual([...createdSettings, "human"]);
  expect(createdSettings).toEqual(["naive", "random", "diverse", "similar", "tree"]);
  expect(sourceNames).toEqual([...allSettings, "file", "direct"]);
  expect(sourceNames.filter(isCreated)).toEqual(createdSettings);
});
