import type { Analysis } from "../tables/analysis.ts";
import {
  dash,
  renderBaseline,
  renderInterval,
  renderPercent,
  renderPoints,
  renderSampleSource,
  renderStarred,
} from "../tables/numbers.ts";
import type { Best, BestChoice, Components, Control, Equivalent } from "../tables/view-beside.ts";
import { toAnswerSheet, toPooledSheet } from "./answer-sheets.ts";
import { left, long, right, type TextTable, toSheet } from "./sheet.ts";

/** What stands beside the paper's tables: the answer, the best, controls, the pooled question, worth, variance. */
export function toFurtherSheets(view: Analysis): TextTable[] {
  const { answers, best, controls, pooled, equivalents, components } = view;
  return [
    toAnswerSheet(answers),
    toBestSheet(best),
    toControlSheet(controls),
    toPooledSheet(pooled),
    toEquivalentSheet(equivalents),
    toComponentSheet(components),
  ];
}

function toBestSheet(best: readonly Best[]): TextTable {
  const notes = [
    "Chosen on dev, as a user could; ‡: chosen by the test set, too high for that, as the paper's percentages take it.",
    "Percentages: (best - human) / human, as the paper labels them, and (best - human) / best, as it prints them: the printed row's values equal the second.",
  ];
  return toSheet<Best>(
    {
      title: "The best setting and the best encoder",
      empty: "Nothing to choose among yet: two created settings, or two encoders, of one task.",
      notes: best.length > 0 ? notes : [],
    },
    [
      left("Trained on", ({ task }) => task),
      left("Tested on", ({ test }) => test),
      long("Among", ({ among, within, sample }) => `${among}: ${within}${sample ? " SAMPLE" : ""}`),
      left("By dev", ({ byDev }) => renderChoice(byDev)),
      right("Accuracy %", ({ byDev }) => renderPercent(byDev.accuracy)),
      right("of human / of best %", ({ byDev }) => renderShares(byDev)),
      left("By test ‡", ({ byTest }) => renderChoice(byTest)),
      right("Accuracy % ‡", ({ byTest }) => renderPercent(byTest.accuracy)),
      right("of human / of best % ‡", ({ byTest }) => renderShares(byTest)),
      left("Paper ‡", ({ paper }) => (paper ? `${paper.label} ${paper.percent.toFixed(2)}` : dash)),
      right("Paper, of human / of best % ‡", ({ paper }) => (paper ? renderShares(paper) : dash)),
    ],
    best,
  );
}

function renderChoice({ label, tied }: BestChoice): string {
  return tied === 0 ? label : `${label} (of ${tied + 1} equal ones)`;
}

function renderShares({ ofHuman, ofBest }: { ofHuman: number | null; ofBest: number | null }) {
  if (ofHuman === null || ofBest === null) return dash;
  return [ofHuman, ofBest].map((share) => renderPercent(share)).join(" / ");
}

function toControlSheet(controls: readonly Control[]): TextTable {
  return toSheet<Control>(
    {
      title: "Controls",
      empty: "No controls yet: --setting direct, --labels shuffled, --input options or question.",
      notes:
        controls.length > 0
          ? [
              "Controlled minus control: what the same row without the control is above it, on the same test items.",
            ]
          : [],
    },
    [
      left("Trained on", ({ task }) => task),
      left("Tested on", ({ test }) => test),
      left("Control", ({ control }) => control),
      left("Source", renderSampleSource),
      long("Student", ({ labels }) => labels.student),
      right("Accuracy %", ({ accuracy }) => renderPercent(accuracy)),
      right("95% interval", ({ interval }) => renderInterval(interval)),
      right("Seeds", ({ seeds }) => String(seeds)),
      right("Baseline %", ({ baseline }) => renderBaseline(baseline)),
      right("Controlled minus control", ({ difference }) =>
        difference ? renderStarred(difference) : dash,
      ),
    ],
    controls,
  );
}

function toEquivalentSheet(equivalents: readonly Equivalent[]): TextTable {
  return toSheet<Equivalent>(
    {
      title: "How many human examples is a created set worth?",
      empty:
        "No curve yet: human rows of two sizes or more, by --examples or --fraction with --fraction-by random.",
      notes:
        equivalents.length > 0
          ? [
              "The size at which the human curve (made monotone, linear in log N) reaches the created accuracy; interval by draws of both. Outside the sizes measured: <, >.",
            ]
          : [],
    },
    [
      left("Trained on", ({ task }) => task),
      left("Tested on", ({ test }) => test),
      left("Created", renderSampleSource),
      long("Student", ({ labels }) => labels.student),
      right("Created N", ({ createdN }) => String(createdN)),
      right("Accuracy %", ({ accuracy }) => renderPercent(accuracy)),
      left("Worth", ({ sentence }) => sentence),
      left("Human curve, N: %", ({ curve }) =>
        curve.map(({ n, accuracy }) => `${n}: ${renderPercent(accuracy, 1)}`).join(", "),
      ),
    ],
    equivalents,
  );
}

function toComponentSheet(components: readonly Components[]): TextTable {
  type Line = Components & { part: Components["sources"][number] };
  const lines = components.flatMap((one) => one.sources.map((part): Line => ({ ...one, part })));
  return toSheet<Line>(
    {
      title: "Where the variance between runs comes from",
      empty: "No created row yet.",
      notes:
        lines.length > 0
          ? [
              "Nested random effects: creations within formatting examples, trainings within creations. Sources that these runs do not tell apart, one level of the inner for each of the outer, stand together; a negative estimate is 0.",
            ]
          : [],
    },
    [
      left("Trained on", ({ task }) => task),
      left("Tested on", ({ test }) => test),
      left("Source", renderSampleSource),
      long("Student", ({ labels }) => labels.student),
      right("Runs", ({ runs }) => String(runs)),
      left("Variance from", ({ part: { source, includes } }) => [source, ...includes].join(" + ")),
      right("Levels", ({ part }) => String(part.levels)),
      right("df", ({ part }) => String(part.df)),
      right("SD, points", ({ part }) =>
        part.sd === null ? (part.why ?? dash) : renderPoints(part.sd).slice(1),
      ),
      right("Share %", ({ part }) => (part.share === null ? dash : renderPercent(part.share, 0))),
    ],
    lines,
  );
}
