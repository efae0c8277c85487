import { tasks } from "@seedling/core/internal";
import { expect, it } from "vitest";
import { toTexts } from "../src/render/text-table.ts";
import { createSettingsTables } from "../src/tables/settings-table.ts";
import { human, tableOf } from "./analysis-of.ts";
import { boolqSample, evaluation, onStrategyqa } from "./manifests.ts";

/** The tables' texts, the head first. */
function render(table: Parameters<typeof createSettingsTables>[0]) {
  return createSettingsTables(table).map((one) => {
    const { title, columns, rows } = toTexts(one);
    return { title, lines: [columns.map(({ head }) => head), ...rows.map(({ texts }) => texts)] };
  });
}

it("has settings as rows and tasks as columns, n in the caption", () => {
  const strategyqa = { ...onStrategyqa, kind: "in-domain" as const };
  const table = tableOf(
    3,
    evaluation({ test: { correct: 400 } }),
    evaluation({ ...human, test: { correct: 350 } }),
    evaluation({ task: "yesno_close/strategyqa", test: strategyqa }),
  );
  // 400/686 and 60/115 with Wilson's intervals; constants 348/686 and 58/115.
  expect(render(table)).toEqual([
    {
      title:
        "In-domain accuracy in percent of each setting (95 % interval), the mean where there are several seeds. Test items: strategyqa 115, creak 686.",
      lines: [
        ["Setting", "strategyqa", "creak"],
        ["constant answer", "50.4", "50.7"],
        ["tree", "52.2 (43.1–61.1)", "58.3 (54.6–61.9)"],
        ["human, same N", "–", "51.0 (47.3–54.7)"],
      ],
    },
  ]);
});

it("tells rows apart by classifier, N and flags where there are several, and names pairs and the sample", () => {
  const table = tableOf(
    3,
    evaluation(),
    evaluation({ student: { encoder: "another" } }),
    evaluation({ train: { n: 1000, target: 1000 } }),
    evaluation({ conditions: { replies: "strict" } }),
  );
  const [first] = render(table);
  expect(first?.lines.slice(2).map(([label]) => label)).toEqual([
    "tree, all-MiniLM-L6-v2, head, N 100",
    "tree, all-MiniLM-L6-v2, head, N 100, --replies strict",
    "tree, all-MiniLM-L6-v2, head, N 1,000",
    "tree, another, head, N 100",
  ]);
  expect(render(tableOf(4, evaluation({ test: onStrategyqa })))[0]?.lines[0]).toEqual([
    "Setting",
    "creak → strategyqa",
  ]);
  expect(render(tableOf(3, evaluation(boolqSample)))[0]?.title).toMatch(
    /boolq 60\. Contains SAMPLE rows, which are not the benchmark\.$/,
  );
});

it("of own tasks alone is named as their tables are", () => {
  const own = (kind: "in-domain" | "cross-domain") => {
    const data = { kind: "own", verified: true } as const;
    const task = kind === "in-domain" ? "mine" : "other";
    return evaluation({ task: "mine", data, test: { task, kind, data } });
  };
  expect(render(tableOf(3, own("in-domain")))[0]?.title).toMatch(/^Accuracy in percent of each/);
  expect(render(tableOf(4, own("cross-domain")))[0]?.title).toMatch(
    /^Accuracy on other test sets in percent of each/,
  );
});

it("has ten columns at most, tasks of one name in full, and nothing where there is nothing", () => {
  const names = [...tasks.map(({ name }) => name), "mine"];
  const all = names.map((task) => evaluation({ task, test: { task } }));
  const tables = render(tableOf(3, ...all));
  expect(tables.map(({ lines }) => lines[0]?.length)).toEqual([11, 2]);
  expect(tables[0]?.lines[0]).toContain("yesno_close/boolq");
  expect(tables[1]?.lines[0]).toEqual(["Setting", "mine"]);
  expect(render(tableOf(3))).toEqual([]);
});
