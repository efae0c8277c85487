import type { Analysis } from "./analysis.ts";

/** What the results say, a sentence each, the first few; none where there is not enough to say something. */
export function listSentences({ answers, pooled, equivalents, about }: Analysis): string[] {
  const [answer] = answers;
  const inDomain = [answer?.sameN, answer?.largest].flatMap((part) => part?.sentence ?? []);
  const [first, ...others] = pooled;
  // The same question against the other kind of human row.
  const keys = ["source", "student", "flags", "size", "sample"] as const;
  const other = others.find(
    (one) => keys.every((key) => one[key] === first?.[key]) && one.against !== first?.against,
  );
  return [
    ...about,
    ...inDomain.map((one) => `${one} Creator ${answer?.model}, classifier ${answer?.student}.`),
    ...[first, other].flatMap((one) => one?.sentence ?? []),
    ...listEquivalents(equivalents),
  ];
}

function listEquivalents(equivalents: Analysis["equivalents"]): string[] {
  const students = new Set(equivalents.map(({ labels }) => labels.student));
  const all = equivalents.map(({ task, test, labels, createdN, n, sentence }) => {
    const student = students.size > 1 ? ` (${labels.student})` : "";
    const are = n === null ? "their human-equivalent N is" : "worth";
    return `${createdN} ${labels.source} examples of ${task}${task === test ? "" : `, on ${test}`}${student}: ${are} ${sentence}`;
  });
  const more = all.length > 4 ? [`(${all.length - 4} more in tables/further.md)`] : [];
  return [...all.slice(0, 4), ...more];
}
