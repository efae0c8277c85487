import { renderCount } from "@seedling/core/internal";
import { html, type Insert, type Markup } from "../render/markup.ts";

import type { Results } from "../results/results.ts";
import { sum } from "../statistics/sum.ts";
import type { Analysis } from "../tables/analysis.ts";
import { toAnswerSection } from "./answer/answer-section.ts";
import { toConditionsSection } from "./conditions-section.ts";
import { toComparisons } from "./creations.ts";
import { toCurvesSection } from "./curves/curves-section.ts";
import { toDiversitySection } from "./diversity-section.ts";
import { toFigure5Section } from "./figure5-section.ts";
import { toFlipsSection } from "./flips/flips-section.ts";
import { renderPage } from "./page.ts";
import { renderSection } from "./section.ts";
import { toTablesSection } from "./tables/tables-section.ts";
import { toTreeSection } from "./tree/tree-section.ts";
import { toYieldSection } from "./yield-section.ts";

/**
 * Bytes that all sections may take; what the trees leave out is then named by its path. With the page's
 * script and looks it stays below 5 MB.
 */
const mostBytes = 4_850_000;

/**
 * The report as one HTML file that opens from disk and asks no network for anything, its sections in
 * the order of a reader's questions. The same results give the same bytes.
 * @param results their folder is read for trees, curves and the questions of flipped items
 */
export async function renderReport(view: Analysis, results: Results): Promise<string> {
  const comparisons = toComparisons(view, results);
  const flips = await toFlipsSection(view, results);
  const before = [
    toAnswerSection(view),
    toTablesSection(view),
    toFigure5Section(view),
    toYieldSection(view, comparisons),
  ];
  const after = [
    toDiversitySection(comparisons),
    flips,
    toCurvesSection(results),
    toConditionsSection(view, results),
  ];
  const others = [...before, ...after].map(renderSection);
  const room = mostBytes - countBytes([...others, ...flips.chunks]);
  const tree = await toTreeSection(comparisons, results, room);
  return renderPage({
    title: "Seedling: created data against human data",
    banner: renderBanner(view),
    sections: [...before, tree, ...after],
    chunks: [...tree.chunks, ...flips.chunks],
  });
}

function countBytes(parts: readonly Markup[]): number {
  return sum(parts.map(({ text }) => Buffer.byteLength(text)));
}

function renderBanner({ sample, replay, failures, leftOut }: Analysis): Insert {
  const incomplete = [
    failures.length > 0 && `${renderCount(failures.length, "run")} failed`,
    leftOut.length > 0 && `${renderCount(leftOut.length, "file")} left out`,
  ].filter((one) => one !== false);
  return [
    sample &&
      html`<p class="banner"><strong>SAMPLE.</strong> This report holds figures made of the sample that is bundled with Seedling:
they show that the loop works, and nothing about a benchmark. Each carries the mark SAMPLE.</p>`,
    replay &&
      html`<p class="banner"><strong>Replay.</strong> Some of the created data come from recorded replies, not from a live model. They carry the mark replay.</p>`,
    incomplete.length > 0 &&
      html`<p class="banner"><strong>Incomplete.</strong> ${incomplete.join(" and ")}; <a href="#conditions">named at the end</a>.</p>`,
  ];
}
