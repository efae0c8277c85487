import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Example, toExamplesJsonl, toJsonl } from "@seedling/core/internal";
import { tempFolder } from "@seedling/testing";

/** Each of these sets `hacked` if it is ever taken for more than text. */
export const hostileTexts = [
  "<script>window.hacked=1</script>",
  '"><img src=x onerror="window.hacked=1">',
  "</style></script></title><svg onload=window.hacked=1>",
  "' autofocus onfocus='window.hacked=1",
  "javascript:window.hacked=1 \u202e reversed \u2028 line \u0000 nul",
];

export const labels = ["billing", "refund", "cancel"];

/** A created example: its number tells its label, its parent's depth and how many answers agree. */
export const toCreated = (n: number): Example => ({
  question: `Message number ${n}`,
  context: null,
  options: labels,
  label: n % 3,
});

const provenance = (n: number) => ({ request: n, key: `k${n}`, parent: null, chain: 0 });

/** A candidate that was rejected, whole but for its answer. */
export const toRejected = (n: number, answer: string, reason: string) => ({
  ...{ ...provenance(n), depth: 1, reason, field: "answer", evidence: answer },
  candidate: { question: `Rejected number ${n}`, context: null, options: labels, answer },
});

export interface MadeCreation {
  created?: readonly Example[];
  rejected?: readonly object[];
}

/** Leaves a creation in a results folder of its own. @returns its folder */
export function makeCreation({ created, rejected }: MadeCreation = {}): string {
  const folder = join(tempFolder(), "results/creations/support/tree/ab12cd34ef56");
  mkdirSync(folder, { recursive: true });
  writeCreation(folder, {
    created: created ?? Array.from({ length: 12 }, (_, n) => toCreated(n)),
    rejected: rejected ?? [
      toRejected(0, "Bill", "label not among options"),
      toRejected(1, "refund", "duplicate"),
      {
        ...{ ...provenance(2), depth: 0, reason: "no JSON", field: "reply" },
        evidence: "I cannot do <b>that</b>.",
      },
    ],
  });
  return folder;
}

export function writeCreation(folder: string, { created = [], rejected = [] }: MadeCreation): void {
  writeFileSync(join(folder, "created.jsonl"), toExamplesJsonl(created));
  writeFileSync(join(folder, "rejected.jsonl"), toJsonl(rejected));
  const lineages = created.map((_, n) => ({
    ...{ ...provenance(n), depth: n % 4 },
    agreement: { asked: 3, agreed: n % 4, unreadable: 0, share: (n % 4) / 3, answers: [3, 0, 0] },
  }));
  writeFileSync(join(folder, "lineage.jsonl"), toJsonl(lineages));
}

/** Cuts a last line, as a crash would. */
export const cut = (path: string) => appendFileSync(path, '{"example":"cre');
