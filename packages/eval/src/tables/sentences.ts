import type { Analysis } from "./analysis.ts";
import type { DomainAnswer } from "./answers.ts";
import type { Equivalent } from "./equivalents.ts";
import type { Pooled } from "./pooled.ts";

/** What the results say, a sentence each, the first few; none where there is not enough to say something. */
export function listSentences({ answers, pooled, equivalents, about }: Analysis): string[] {
  return [
    ...about,
    ...listInDomain(answers),
    ...listOutOfDomain(pooled),
    ...listEquivalents(equivalents),
  ];
}

/** The first answer, against as many human examples and against all of them. */
function listInDomain([answer]: readonly DomainAnswer[]): string[] {
  if (!answer) return [];
  const parts = [answer.sameN, answer.largest].filter((part) => part !== null);
  return parts.map(
    ({ sentence }) => `${sentence} Creator ${answer.model}, classifier ${answer.student}.`,
  );
}

/** The first answer, and the same against the other kind of human row. */
function listOutOfDomain([first, ...others]: readonly Pooled[]): string[] {
  if (!first) return [];
  const keys = ["source", "student", "flags", "size", "sample"] as const;
  const other = others.find(
    (one) => keys.every((key) => one[key] === first[key]) && one.against !== first.against,
  );
  return [first, ...(other ? [other] : [])].map(({ sentence }) => sentence);
}

function listEquivalents(equivalents: readonly Equivalent[]): string[] {
  const students = new Set(equivalents.map(({ labels }) => labels.student));
  const all = equivalents.map(({ task, test, labels, createdN, n, sentence }) => {
    const student = students.size > 1 ? ` (${labels.student})` : "";
    const are = n === null ? "their human-equivalent N is" : "worth";
    return `${createdN} ${labels.source} examples of ${task}${task === test ? "" : `, on ${test}`}${student}: ${are} ${sentence}`;
  });
  const more = all.length > 4 ? [`(${all.length - 4} more in tables/further.md)`] : [];
  return [...all.slice(0, 4), ...more];
}
