import { hashValue, mean, sources } from "@seedling/core/internal";
import { group, sum } from "d3-array";
import type { EvaluationRun } from "../results/results.ts";
import { estimateDifference, squareAndAdd } from "../statistics/estimate.ts";
import { computeAccuracy, type Outcomes } from "../statistics/outcomes.ts";
import { minimumDetectable, tTwoSided } from "../statistics/student-t.ts";
import { answerVerdicts, judgeAnswer, judgeClaim } from "../verdicts/verdicts.ts";
import { type Cell, sortBy } from "./cells.ts";
import { type GroupedCell, isSelected, renderFlags } from "./groups.ts";
import { describeStudent } from "./labels.ts";

/** Examples of a file (`--created`) beside as many human ones: one task, classifier and set of flags. */
export type FileComparison = ReturnType<typeof compareFile>;

/**
 * Compares each row in-domain that was trained on a file with the human row of its group that has as many examples,
 * as a whole and label by label. Tasks whose options vary have no labels to compare.
 * @param placed cells of whole training sets
 * @param evaluations that they are made of
 */
export function compareFiles(
  placed: readonly GroupedCell[],
  evaluations: readonly EvaluationRun[],
): FileComparison[] {
  const byPath = new Map(evaluations.map((run) => [run.path, run]));
  const listRuns = ({ runs }: Cell) => runs.flatMap(({ path }) => byPath.get(path) ?? []);
  const compared = placed.flatMap((created) => {
    const { source, test, train } = created.cell;
    const isCompared = test.kind === "in-domain" && test.options === "fixed" && train.human === 0;
    const flags = renderOwnFlags(created.cell);
    const human = created.humans.find(
      ({ cell }) => cell.train.n === train.n && renderOwnFlags(cell) === flags,
    );
    if (!sources[source].isFile || !isCompared || !human) return [];
    return [compareFile(created, human, listRuns(human.cell))];
  });
  return sortBy(compared, ({ task, student, flags, n, file, id }) => [
    task,
    student,
    flags,
    -n,
    file,
    id,
  ]);
}

/** The flags of a row, but for those that say which file it is of: `--keep 0.3 --select coverage`. */
function renderOwnFlags({ conditions }: Cell): string {
  const { created: _, distinct: __, ...flags } = conditions;
  return renderFlags(flags);
}

/** @param runs the human row's */
function compareFile(
  created: GroupedCell,
  human: Pick<GroupedCell, "cell" | "outcomes">,
  runs: readonly EvaluationRun[],
) {
  const { cell } = created;
  const gold = runs[0]?.items.gold ?? [];
  const compare = (isMeant: (label: string) => boolean) =>
    compareItems(created.outcomes, human.outcomes, (item) => isMeant(gold[item] ?? ""));
  const trained = runs.map(({ manifest }) => manifest.train.labels ?? {});
  const count = (label: string) => sum(trained, (counts) => counts[label] ?? 0);
  const all = sum(trained, (counts) => sum(Object.values(counts)));
  const least = all / (2 * cell.test.optionCount);
  const labels = [...new Set(gold)].map((label) => ({
    label,
    /** The label's share of the human examples, over all seeds. */
    share: count(label) / all,
    isRare: cell.test.optionCount > 2 && count(label) < least,
    ...compare((one) => one === label),
  }));
  const rare = labels.filter(({ isRare }) => isRare).map(({ label }) => label);
  return {
    /** The created row. */
    id: cell.id,
    task: cell.task,
    /** `gpt4.created.jsonl`. */
    file: String(cell.conditions.created).replace(/ \([^()]*\)$/, ""),
    student: describeStudent(cell),
    flags: renderOwnFlags(cell),
    isSelected: isSelected(cell),
    dev: cell.dev.source,
    n: cell.train.n,
    seeds: { created: cell.seeds, human: human.cell.seeds },
    /** Always the same label, the one that fits the test set best. */
    constant: cell.baseline.bestConstant,
    /** Whether one of the two is better than the constant answer. */
    learned: cell.beatsConstant || human.cell.beatsConstant,
    /**
     * `binary`: two labels. Of more labels one is rare that has less than half of an even share of the human
     * examples, in training: with such a label a task is `unbalanced`, else `balanced`.
     */
    kind:
      cell.test.optionCount === 2
        ? ("binary" as const)
        : rare.length > 0
          ? ("unbalanced" as const)
          : ("balanced" as const),
    ...compare(() => true),
    intervals: { created: cell.interval, human: human.cell.interval },
    macroF1: { created: cell.metrics.macroF1, human: human.cell.metrics.macroF1 },
    /** The test items of all rare labels together; null: none is rare. */
    rare: rare.length > 0 ? { labels: rare, ...compare((one) => rare.includes(one)) } : null,
    /** Recall of each label, the rarest in the human examples first. */
    labels: sortBy(labels, ({ share, label }) => [share, label]),
  };
}

/** Accuracies on some of the test items, which of one label is its recall, and created minus human, paired. */
function compareItems(created: Outcomes, human: Outcomes, isMeant: (item: number) => boolean) {
  const keep = (run: Uint8Array) => run.filter((_, item) => isMeant(item));
  const [ours, theirs] = [created.map(keep), human.map(keep)];
  return {
    items: ours[0]?.length ?? 0,
    created: computeAccuracy(ours),
    human: computeAccuracy(theirs),
    difference: estimateDifference(ours, theirs),
  };
}

/** What the source of `experiments/external.json` claims (Møller et al. 2024), of one file's name and classifier. */
export type FileAnswer = ReturnType<typeof answerFromFiles>[number];

/**
 * Does what Møller et al. (2024) claim hold here: that human data do as well or better on binary and balanced tasks,
 * and that created data help rare classes? One answer for each file's name, classifier, set of flags and N, over the tasks
 * at hand: as a random sample of tasks two or three would decide nothing. A part chosen by `--select` has other label
 * shares, by which a task would change its kind: it answers nothing.
 */
export function answerFromFiles(comparisons: readonly FileComparison[]) {
  const whole = comparisons.filter((one) => !one.isSelected);
  const groups = group(whole, ({ file, student, flags, dev, n }) =>
    hashValue([file, student, flags, dev, n]),
  );
  return [...groups.values()].flatMap((same) => [
    ...averageTasks(
      "as well",
      same.filter(({ kind }) => kind !== "unbalanced"),
    ),
    ...averageTasks(
      "rare",
      same.flatMap((one) => (one.rare ? { ...one, ...one.rare } : [])),
    ),
  ]);
}

type Compared = Pick<
  FileComparison,
  "file" | "student" | "flags" | "n" | "task" | "created" | "human" | "difference" | "learned"
>;

function averageTasks(question: "as well" | "rare", compared: readonly Compared[]) {
  const [first] = compared;
  if (!first) return [];
  const differences = compared.map(({ difference }) => difference);
  const value = mean(differences.map((one) => one.value));
  const { half, ...spread } = squareAndAdd(
    differences.map(({ standardError, df }) => {
      return { variance: (standardError / compared.length) ** 2, df };
    }),
  );
  const [low, high] = [Math.max(-1, value - half), Math.min(1, value + half)];
  const { file, student, flags, n } = first;
  const learnedShare = compared.filter(({ learned }) => learned).length / compared.length;
  return [
    {
      question,
      ...{ file, student, flags, n },
      tasks: compared.map(({ task, created, human, difference }) => {
        const { value, low, high } = difference;
        return { task, created, human, value, low, high };
      }),
      /** Means over the tasks, of accuracy or of the recall of rare labels. */
      created: mean(compared.map((one) => one.created)),
      human: mean(compared.map((one) => one.human)),
      /** Created minus human, the mean over the tasks. */
      ...{ value, low, high, p: tTwoSided(value / spread.standardError, spread.df) },
      minimumDetectable: minimumDetectable(spread),
      verdict:
        question === "rare"
          ? judgeClaim(1, { low, high }, 0).verdict
          : answerVerdicts[judgeAnswer({ low: -high, high: -low }, learnedShare)],
    },
  ];
}
