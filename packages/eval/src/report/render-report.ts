import { renderCount } from "@seedling/core/internal";
import { html, type Insert } from "../render/html.ts";
import type { Results } from "../results/results.ts";
import { type Analysis, analyseResults } from "../tables/analysis.ts";
import { isOwn } from "../tables/labels.ts";
import { listOwnTasks, type OwnTask } from "../tables/own-tasks.ts";
import { truncateText } from "./charts/charts.ts";
import { type Commands, createCommands } from "./page/commands.ts";
import { renderPage, type Section } from "./page/page.ts";
import { createAnswerSection } from "./sections/answer.ts";
import { createConditionsSection } from "./sections/conditions.ts";
import { createFilesSection } from "./sections/created-files.ts";
import { listComparisons } from "./sections/creations.ts";
import { createCurvesSection } from "./sections/curves.ts";
import { createFigure5Section } from "./sections/figure5.ts";
import { createFlipsSection } from "./sections/flips.ts";
import { createMethodsSection } from "./sections/methods.ts";
import { createExamplesSection } from "./sections/own-examples.ts";
import { createLabelsSection } from "./sections/own-labels.ts";
import { createResultSection } from "./sections/own-result.ts";
import { createCostSection, createUseSection } from "./sections/own-use.ts";
import { createCalibratedSection, createProbabilitiesSection } from "./sections/probabilities.ts";
import { createTablesSection } from "./sections/tables.ts";
import { createTreeSection } from "./sections/tree.ts";
import { createDiversitySection, createYieldSection } from "./sections/yield.ts";

/**
 * The report as one HTML file that opens from disk and asks no network for anything, its sections in
 * the order of a reader's questions: first those of own tasks, then the paper's where there are benchmarks.
 * The same results give the same bytes.
 * @param results their folder is read for trees, examples and the questions of test items
 */
export function renderReport(view: Analysis, results: Results): string {
  const comparisons = listComparisons(view, results);
  const commands = createCommands(results);
  const tasks = listOwnTasks(view, results);
  // Of results of both kinds the paper's questions are asked of the benchmarks alone.
  const benchmarks = view.own
    ? null
    : tasks.length > 0
      ? analyseResults(keepBenchmarks(results))
      : view;
  const theirs = comparisons.filter(({ own }) => !own);
  const names = tasks.map(({ name }) => name).join(", ");
  const title = view.own && names ? truncateText(names, 80) : "created data against human data";
  return renderPage(`Seedling: ${title}`, renderBanner(view), [
    ...tasks.flatMap((task, index) =>
      createOwnSections(task, index, tasks.length > 1, { view, results, commands }),
    ),
    ...[createMethodsSection(view.methods)].filter((one) => one !== null),
    ...(benchmarks
      ? [
          createAnswerSection(benchmarks, commands),
          createTablesSection(benchmarks, commands),
          createFigure5Section(benchmarks, commands),
          createYieldSection(benchmarks, theirs, commands),
        ]
      : []),
    ...[createFilesSection(view)].filter((one) => one !== null),
    createTreeSection(comparisons, results, commands),
    createDiversitySection(comparisons, commands),
    ...(benchmarks ? [createFlipsSection(benchmarks, results, commands)] : []),
    ...[benchmarks && createCalibratedSection(benchmarks, results)].filter((one) => one !== null),
    createCurvesSection(results, commands),
    createConditionsSection(view, results),
  ]);
}

/** The sections of an own task. @param isNamed whether the navigation has its name, since there are several */
function createOwnSections(
  task: OwnTask,
  index: number,
  isNamed: boolean,
  { view, results, commands }: { view: Analysis; results: Results; commands: Commands },
): Section[] {
  const sections = {
    result: createResultSection(task, view, commands),
    labels: createLabelsSection(task),
    probabilities: createProbabilitiesSection(task, results),
    examples: createExamplesSection(task, results),
    cost: createCostSection(task, commands),
    use: createUseSection(task, results, commands),
  };
  return Object.entries(sections).flatMap(([id, section]) =>
    section === null
      ? []
      : {
          ...section,
          id: index === 0 ? id : `${id}-${index}`,
          ...(isNamed && {
            name: id === "result" ? task.name : null,
            title: id === "result" ? section.title : `${task.name}: ${section.title}`,
          }),
        },
  );
}

function keepBenchmarks(results: Results): Results {
  const keep = <T extends { manifest: { data: { kind: string } } }>(runs: readonly T[]) =>
    runs.filter(({ manifest }) => !isOwn(manifest));
  return {
    ...results,
    evaluations: keep(results.evaluations),
    trainings: keep(results.trainings),
    creations: keep(results.creations),
  };
}

function renderBanner({ sample, replay, failures, leftOut }: Analysis): Insert {
  const incomplete = [
    failures.length > 0 && `${renderCount(failures.length, "run")} failed`,
    leftOut.length > 0 && `${renderCount(leftOut.length, "file")} left out`,
  ].filter((one) => one !== false);
  return [
    sample &&
      html`<p class="banner notice"><strong>SAMPLE.</strong> Numbers marked SAMPLE come from the sample that is bundled with Seedling:
they show that the loop works, and nothing about a benchmark.</p>`,
    replay &&
      html`<p class="banner notice"><strong>Replay.</strong> Created data marked replay come from recorded replies, not from a live model.</p>`,
    incomplete.length > 0 &&
      html`<p class="banner notice"><strong>Incomplete.</strong> ${incomplete.join(" and ")}; <a href="#conditions">named at the end</a>.</p>`,
  ];
}
