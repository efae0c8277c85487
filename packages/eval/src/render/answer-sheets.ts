import { renderP, renderPoints, renderPointsRange } from "../tables/numbers.ts";
import type { AnswerPart, DomainAnswer, Pooled } from "../tables/view-beside.ts";
import { margin } from "../verdicts/judge-answer.ts";
import { left, long, right, type TextTable, toSheet } from "./sheet.ts";

/** Do created data stand in for human data in-domain? A row for each answer, and each as a sentence. */
export function toAnswerSheet(answers: readonly DomainAnswer[]): TextTable {
  type Line = DomainAnswer & { part: AnswerPart; against: string };
  const lines = answers.flatMap((answer): Line[] => [
    ...(answer.sameN ? [{ ...answer, part: answer.sameN, against: "human, same N" }] : []),
    ...(answer.largest ? [{ ...answer, part: answer.largest, against: "human, largest" }] : []),
  ]);
  const rule = `An answer says yes where the interval stays above -${100 * margin} points, nearly where all of it lies between that and 0. Tasks are pooled as random effects (Paule and Mandel, Hartung-Knapp interval); p is of no difference, for this one answer.`;
  return toSheet<Line>(
    {
      title: "Do created data stand in for human data, in-domain?",
      empty: "No answer yet: a created and a human row of one student on one in-domain test set.",
      notes: lines.length > 0 ? [...lines.map(({ part }) => part.sentence), rule] : [],
    },
    [
      left("Source", ({ source, sample }) => `${source}${sample ? " SAMPLE" : ""}`),
      right("Created N", ({ size }) => (size === null ? "full" : String(size))),
      left("Against", ({ against }) => against),
      long("Creator", ({ model }) => model),
      long("Student", ({ student }) => student),
      long("Flags", ({ flags }) => flags),
      right("Tasks", ({ part }) => String(part.tasks)),
      right("Points", ({ part }) => renderPoints(part.mean)),
      right("95% interval", ({ part }) => renderPointsRange(part)),
      right("p", ({ part }) => renderP(part.p)),
    ],
    lines,
  );
}

/** Are created data better out of domain? A row for each answer, and each as a sentence. */
export function toPooledSheet(pooled: readonly Pooled[]): TextTable {
  return toSheet<Pooled>(
    {
      title: "Are created data better than human data out of domain?",
      empty: "No pair yet: a created and a human row of one student on one cross-domain test set.",
      notes: [
        ...pooled.map(({ sentence }) => sentence),
        ...(pooled.length > 0
          ? [
              "Random effects over pairs of tasks (Paule and Mandel, Hartung-Knapp interval); pairs that share a test set count as independent.",
            ]
          : []),
      ],
    },
    [
      left("Source", ({ source, sample }) => `${source}${sample ? " SAMPLE" : ""}`),
      right("Created N", ({ size }) => (size === null ? "full" : String(size))),
      left("Against", ({ against }) => against),
      long("Student", ({ student }) => student),
      long("Flags", ({ flags }) => flags),
      right("Pairs", ({ pairs }) => String(pairs.length)),
      right("Points", ({ mean }) => renderPoints(mean)),
      right("95% interval", renderPointsRange),
      right("p", ({ p }) => renderP(p)),
      right("SD between pairs", ({ tau2 }) => renderPoints(Math.sqrt(tau2)).slice(1)),
    ],
    pooled,
  );
}
