import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tempFolder } from "@seedling/testing";
import { describe, expect, it } from "vitest";
import { findCreation } from "../src/audit/find-creation.ts";

/** A results folder with creations, and a user's folder beside it. */
function settle(...creations: string[]) {
  const root = tempFolder();
  const results = join(root, "results");
  for (const one of creations) {
    mkdirSync(join(results, "creations", one), { recursive: true });
    writeFileSync(join(results, "creations", one, "created.jsonl"), "");
  }
  mkdirSync(join(results, "trainings/a/tree/1"), { recursive: true });
  const cwd = join(root, "user");
  mkdirSync(cwd);
  const bases = [cwd, root, join(results, "creations"), results];
  const find = (given: string) => findCreation(given, bases);
  return { root, results, find, toFolder: (one: string) => join(results, "creations", one) };
}

describe("a creation that is meant", () => {
  const all = ["boolq/tree/ab12", "boolq/tree/ab34", "csqa/naive/cd56"];
  it.each([
    ["/results/creations/boolq/tree/ab12", "boolq/tree/ab12"],
    ["/results/creations/boolq/tree/ab12/manifest.json", "boolq/tree/ab12"],
    ["results/creations/boolq/tree/ab12/partial.json", "boolq/tree/ab12"],
    ["../results/creations/boolq/tree/ab34/created.jsonl", "boolq/tree/ab34"],
    ["creations/boolq/tree/ab12/", "boolq/tree/ab12"],
    ["creations/boolq/tree/ab1", "boolq/tree/ab12"],
    ["boolq/tree/ab3", "boolq/tree/ab34"],
    ["results/creations/cs", "csqa/naive/cd56"],
    ["csqa", "csqa/naive/cd56"],
  ])("%s", (given, creation) => {
    const { root, find, toFolder } = settle(...all);
    expect(find(given.startsWith("/") ? root + given : given)).toBe(toFolder(creation));
  });

  it.each(["creations/boolq/tree/ab", "boolq", "creations/boolq/"])(
    "by %s is one of several, which are listed",
    (given) => {
      const { find, toFolder } = settle(...all);
      expect(() => find(given)).toThrow(
        `expected one creation, ${given} begins 2:\n  ${toFolder("boolq/tree/ab12")}\n  ${toFolder("boolq/tree/ab34")}`,
      );
    },
  );

  it.each(["creations/boolq/tree/cd", "trainings/a", "user/manifest.json", "nothing"])(
    "by %s is none, and those that are there are listed",
    (given) => {
      const { find, toFolder } = settle(...all);
      expect(() => find(given)).toThrow(
        `expected a creation's folder, got ${given}; there are:\n  ${all.map(toFolder).join("\n  ")}`,
      );
    },
  );

  it("is none where nothing was created, and of many not all are listed", () => {
    const empty = settle();
    expect(() => empty.find("boolq")).toThrow(`and there is none in ${empty.results}`);
    const many = settle(...Array.from({ length: 25 }, (_, i) => `boolq/tree/${100 + i}`));
    expect(() => many.find("x")).toThrow(/tree\/119\n {2}\.\.\. and 5 more$/);
  });
});
