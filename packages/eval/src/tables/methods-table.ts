import { dash, renderCount, renderPercent, renderWhole } from "@seedling/core/internal";
import { extent, group, sum } from "d3-array";
import { interval, left, number, percent, right, type Table } from "./column.ts";
import { baseWay, type MethodRow, type Methods } from "./methods.ts";
import { renderFixedPercent, renderP, renderPoints, renderPointsRange } from "./numbers.ts";

/** Share of the tree's tokens by which another way's may differ and still count as the same. */
const sameTokens = 0.1;

/** The ways of one comparison as a table, pooled rows first; the verdict stands first among the notes. */
export function createMethodsTable(methods: Methods): Table<MethodRow> {
  const { tokens, tasks, sample } = methods;
  return {
    title: `Ways of creating for ${renderWhole(tokens)} tokens${sample ? " (SAMPLE)" : ""}`,
    columns: methodColumns,
    rows: methods.rows,
    empty: "No ways of creating are compared yet.",
    notes: [
      ...describeMethods(methods),
      describeConditions(methods),
      `Minus tree: points of accuracy over the tree's on the same test items, paired, items and seeds both sampled, with a 95 % interval; ${tasks > 1 ? "pooled: random effects over tasks (Paule and Mandel, Hartung-Knapp interval)" : "one task, so that nothing is pooled"}. p and *: adjusted (Holm) for all differences of this table, * where below 0.05. MDE: the smallest true difference found with 80 % power at 5 %.`,
      "Examples (25 of 50: half of those kept are trained on) and tokens: of a creation, the mean over seeds; pooled, the sum over tasks; kept/1,000: kept examples for 1,000 tokens. All requests up to the target count; blind answers do where they decide what is trained on, and not where they only measure the agreement.",
      "distinct-2: distinct pairs of words by all of them, on as many questions of each creation of a task (the fewest that one kept, 200 at most); higher: more diverse. Agreement: created labels that the model's blind answers confirm, of letters the mean probability.",
    ],
  };
}

/** Who created, and what was trained. */
export function describeConditions({ model, student, flags }: Methods): string {
  return `Created by ${model}; classifier ${[student, flags].filter(Boolean).join(" ")}.`;
}

const methodColumns: Table<MethodRow>["columns"] = [
  left(
    "task",
    "Task",
    ({ task }) => task,
    ({ task, tasks }) => task ?? `pooled, ${renderCount(tasks, "task")}`,
  ),
  left("way", "Way", ({ way }) => way),
  right("test_n", "Test n", ({ n }) => n),
  right("seeds", "Seeds", ({ seeds }) => seeds),
  percent("accuracy_percent", "Accuracy %", ({ accuracy }) => accuracy),
  ...interval<MethodRow>("interval", "percent", "95% interval", (row) => row.interval),
  percent("constant_percent", "Constant %", ({ constant }) => constant, 1),
  percent("macro_f1_percent", "Macro-F1 %", ({ macroF1 }) => macroF1, 1),
  right(
    "minus_tree_points",
    "Minus tree",
    ({ toTree }) => toTree && Number((100 * toTree.value).toPrecision(12)),
    ({ toTree }) => (toTree ? renderDifference(toTree) : dash),
  ),
  ...interval<MethodRow>("minus_tree", "points", null, ({ toTree }) => toTree),
  number("minus_tree_p_holm", "p (Holm)", ({ toTree }) => toTree?.adjustedP, renderP),
  percent("minus_tree_mde_points", "MDE", ({ toTree }) => toTree?.detectable, 1),
  right("examples", "Examples", ({ trained, kept }) => trained ?? kept, renderExamples),
  number("tokens", "Tokens", ({ tokens }) => tokens, renderWhole),
  number(
    "kept_per_1000_tokens",
    "Kept/1,000",
    ({ kept, tokens }) => (kept === null || !tokens ? null : (1000 * kept) / tokens),
    (kept) => kept.toFixed(2),
  ),
  number(
    "distinct_2",
    "distinct-2",
    ({ distinct2 }) => distinct2,
    (value) => value.toFixed(2),
  ),
  number(
    "agreement_percent",
    "Agreement %",
    ({ agreement }) => agreement?.value,
    (_, { agreement }) =>
      agreement ? `${renderFixedPercent(agreement.value, 1)} (n ${renderWhole(agreement.n)})` : "",
    { scale: 100 },
  ),
];

/** `50`; `25 of 50` where a selection of what was kept is trained on. */
function renderExamples({ trained, kept }: MethodRow): string {
  const used = trained ?? kept ?? 0;
  return kept === null || kept - used < 1
    ? renderWhole(used)
    : `${renderWhole(used)} of ${renderWhole(kept)}`;
}

function renderDifference({
  value,
  low,
  high,
  adjustedP,
}: NonNullable<MethodRow["toTree"]>): string {
  const found = adjustedP !== null && adjustedP < 0.05 ? "*" : "";
  return `${renderPoints(value)}${found} (${renderPointsRange({ low, high })})`;
}

/**
 * Says in plain sentences which way is better or worse than the tree: where its pooled interval lies on one side of 0. Then
 * what took other tokens, and what is not better than a constant answer.
 */
export function describeMethods(methods: Methods): string[] {
  const pooled = listAnswering(methods);
  const repeats = pooled.filter(({ source }) => source === "human");
  const created = pooled.filter(({ source }) => source !== "human");
  const better = created.filter(({ toTree }) => (toTree?.low ?? 0) > 0);
  const worse = created.filter(({ toTree }) => (toTree?.high ?? 0) < 0);
  const open = better.length + worse.length === 0;
  const detectable = created.map(({ toTree }) => toTree?.detectable ?? 1);
  const warning = methods.sample ? "SAMPLE, nothing about a benchmark: " : "";
  return [
    open &&
      `${warning}No way of creating is shown to be better or worse than ${baseWay} (${renderTasks(methods.tasks)}); ${describeMissed(detectable)}.`,
    !open &&
      better.length === 0 &&
      `${warning}No way of creating is shown to be better than ${baseWay}.`,
    ...better.map((row) => `${warning}${row.way} is better than ${baseWay}: ${renderPooled(row)}.`),
    ...worse.map((row) => `${warning}${row.way} is worse than ${baseWay}: ${renderPooled(row)}.`),
    ...repeats.map(describeRepeat),
    describeTokens(methods),
    describeConstant(methods),
  ].filter((one) => typeof one === "string");
}

/** The rows that answer for all tasks: each way but the tree. */
export function listAnswering({ rows, tasks }: Methods): MethodRow[] {
  return rows.filter(({ task, toTree }) => toTree !== null && (tasks === 1 || task === null));
}

function describeRepeat({ way, toTree, ...row }: MethodRow): string {
  const { low = 0, high = 0 } = toTree ?? {};
  const answer =
    low > 0 ? "are better than" : high < 0 ? "are worse than" : "are not shown to differ from";
  return `${way} ${answer} ${baseWay}'s examples: ${renderPooled({ way, toTree, ...row })}.`;
}

/** `+3.2 points of accuracy, pooled over 3 tasks (95 % +0.5 to +5.9; p 0.030, 0.210 adjusted)`. */
function renderPooled({ toTree, tasks }: MethodRow): string {
  if (toTree === null) return dash;
  const { value, p, adjustedP } = toTree;
  return `${renderPoints(value)} points of accuracy, ${renderTasks(tasks)} (95 % ${renderPointsRange(toTree)}; p ${renderP(p)}, adjusted ${renderP(adjustedP ?? p)})`;
}

function renderTasks(tasks: number): string {
  return tasks === 1 ? "on one task" : `pooled over ${tasks} tasks`;
}

function describeMissed(detectable: readonly number[]): string {
  const [least = 1, most = 1] = extent(detectable);
  if (least >= 1) return "with so few seeds and tasks any difference would be missed";
  const [from, to] = [least, Math.min(most, 1)].map((one) => renderPoints(one).slice(1));
  const below = from === to ? `${from} points` : `${from} to ${to} points, depending on the way,`;
  return `true differences below ${below} would probably have been missed`;
}

/** Names the ways that took other tokens than the tree, over the tasks that both stand on; null: none did. */
function describeTokens({ rows }: Methods): string | null {
  const ofTask = rows.filter(({ task, tokens }) => task !== null && tokens !== null);
  const base = new Map(
    ofTask.filter(({ way }) => way === baseWay).map((row) => [row.task, row.tokens ?? 0]),
  );
  const ways = [...new Set(ofTask.map(({ way }) => way))].filter((way) => way !== baseWay);
  const other = ways.flatMap((way) => {
    const its = ofTask.filter((row) => row.way === way);
    const ratio =
      sum(its, ({ tokens }) => tokens ?? 0) / sum(its, ({ task }) => base.get(task) ?? 0);
    if (Math.abs(ratio - 1) <= sameTokens) return [];
    return `${way} ${ratio > 1 ? "+" : "-"}${renderPercent(Math.abs(ratio - 1))}`;
  });
  return other.length === 0
    ? null
    : `Not for the same tokens as ${baseWay} (more than ${100 * sameTokens} % apart): ${other.join("; ")}.`;
}

/** Names the rows that are not better than the constant answer; null: all are. */
function describeConstant({ rows }: Methods): string | null {
  const not = group(
    rows.filter(({ beatsConstant }) => beatsConstant === false),
    ({ task }) => task,
  );
  const named = [...not].map(([task, its]) => `${task} (${its.map(({ way }) => way).join("; ")})`);
  return named.length === 0
    ? null
    : `Not better than the best constant answer, or than a guess where options vary (one-sided, 95 %): ${named.join(", ")}.`;
}
