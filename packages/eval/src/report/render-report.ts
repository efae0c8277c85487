import type { Results } from "../results/results.ts";
import type { View } from "../tables/view.ts";
import { toAnswerSection } from "./answer/answer-section.ts";
import { toConditionsSection } from "./conditions-section.ts";
import { toComparisons } from "./creations.ts";
import { toCurvesSection } from "./curves/curves-section.ts";
import { toDiversitySection } from "./diversity-section.ts";
import { toFigure5Section } from "./figure5-section.ts";
import { toFlipsSection } from "./flips/flips-section.ts";
import { html, type Insert } from "./markup.ts";
import { renderPage } from "./page.ts";
import { toTablesSection } from "./tables/tables-section.ts";
import { toTreeSection } from "./tree/tree-section.ts";
import { toYieldSection } from "./yield-section.ts";

/**
 * The report as one HTML file that opens from disk and asks no network for anything, its sections in
 * the order of a reader's questions. The same results give the same bytes.
 * @param results their folder is read for trees, curves and the questions of flipped items
 */
export async function renderReport(view: View, results: Results): Promise<string> {
  const comparisons = toComparisons(view, results);
  const tree = await toTreeSection(comparisons, results);
  const flips = await toFlipsSection(view, results);
  return renderPage({
    title: "Seedling: created data against human data",
    banner: renderBanner(view),
    sections: [
      toAnswerSection(view),
      toTablesSection(view),
      toFigure5Section(view),
      toYieldSection(view, comparisons),
      tree,
      toDiversitySection(comparisons),
      flips,
      await toCurvesSection(results),
      toConditionsSection(view, results),
    ],
    chunks: [...tree.chunks, ...flips.chunks],
  });
}

function renderBanner({ sample, replay, failures, leftOut }: View): Insert {
  return [
    sample &&
      html`<p class="banner"><strong>SAMPLE.</strong> This report holds figures made of the sample that is bundled with Seedling:
they show that the loop works, and nothing about a benchmark. Each carries the mark SAMPLE.</p>`,
    replay &&
      html`<p class="banner"><strong>Replay.</strong> Some of the created data come from recorded replies, not from a live model. They carry the mark replay.</p>`,
    failures.length + leftOut.length > 0 &&
      html`<p class="banner"><strong>Incomplete.</strong> ${failures.length} runs failed and ${leftOut.length} files were left out; <a href="#conditions">they are named at the end</a>.</p>`,
  ];
}
