import { clopperPearson } from "@seedling/core/internal";

/** A created label, and what a person gave without a sight of it; null: could not tell. */
export interface BlindAnswer {
  created: string;
  answer: string | null;
}

/** Counts created labels that a person agrees with, all and by label, with Clopper and Pearson's intervals. */
export function computeLabelAccuracy(answers: Iterable<BlindAnswer>) {
  const all = { n: 0, right: 0 };
  const byLabel = new Map<string, typeof all>();
  let skipped = 0;
  for (const { created, answer } of answers) {
    if (answer === null) {
      skipped += 1;
      continue;
    }
    const ofLabel = byLabel.get(created) ?? { n: 0, right: 0 };
    byLabel.set(created, ofLabel);
    for (const counts of [all, ofLabel]) {
      counts.n += 1;
      counts.right += answer === created ? 1 : 0;
    }
  }
  const measure = ({ n, right }: typeof all) => ({ n, right, ...clopperPearson(right, n) });
  const sorted = [...byLabel].sort(([one], [other]) => (one < other ? -1 : 1));
  return {
    /** null: none could be answered. */
    accuracy: all.n === 0 ? null : measure(all),
    byLabel: sorted.map(([label, counts]) => [label, measure(counts)] as const),
    /** Examples that the person could not tell; not among n. */
    skipped,
  };
}
