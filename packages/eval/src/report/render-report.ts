import { renderCount } from "@seedling/core/internal";
import { html, type Insert } from "../render/html.ts";
import type { Results } from "../results/results.ts";
import type { Analysis } from "../tables/analysis.ts";
import { renderPage } from "./page/page.ts";
import { createAnswerSection } from "./sections/answer.ts";
import { createConditionsSection } from "./sections/conditions.ts";
import { listComparisons } from "./sections/creations.ts";
import { createCurvesSection } from "./sections/curves.ts";
import { createFigure5Section } from "./sections/figure5.ts";
import { createFlipsSection } from "./sections/flips.ts";
import { createTablesSection } from "./sections/tables.ts";
import { createTreeSection } from "./sections/tree.ts";
import { createDiversitySection, createYieldSection } from "./sections/yield.ts";

/**
 * The report as one HTML file that opens from disk and asks no network for anything, its sections in
 * the order of a reader's questions. The same results give the same bytes.
 * @param results their folder is read for trees and for the questions of test items
 */
export function renderReport(view: Analysis, results: Results): string {
  const comparisons = listComparisons(view, results);
  return renderPage("Seedling: created data against human data", renderBanner(view), [
    createAnswerSection(view),
    createTablesSection(view),
    createFigure5Section(view),
    createYieldSection(view, comparisons),
    createTreeSection(comparisons, results),
    createDiversitySection(comparisons),
    createFlipsSection(view, results),
    createCurvesSection(results),
    createConditionsSection(view, results),
  ]);
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
