import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import {
  type CreationManifest,
  creationFiles,
  decodeJson,
  type Example,
  ExpectedError,
  leastAnswers,
  linesInside,
  renderCount,
} from "@seedling/core/internal";
import { z } from "zod";
import type { TrainingExample } from "./examples.ts";

/** Values of `--labels` that read the answers of a creation's label check. */
export const answeredLabels = ["soft", "answered"] as const;

export type AnsweredLabels = (typeof answeredLabels)[number];

/** Answers that an example needs: fractions of fewer are no probabilities. */
const least: Record<AnsweredLabels, number> = { soft: leastAnswers, answered: 1 };

/** What a line of `lineage.jsonl` says of a label check. */
const lineageSchema = z.looseObject({
  agreement: z
    .looseObject({
      asked: z.number(),
      answers: z.array(z.number().min(0)),
      probabilities: z.array(z.number().min(0)).optional(),
    })
    .optional(),
});

/**
 * Loads the probabilities of created examples' options by the answers of their label check, from the
 * `lineage.jsonl` beside them: those of letters, else the fractions of the answers. An example
 * none of whose answers is readable has none.
 * @param path of `created.jsonl`
 * @param outputs the hashes that the creation's manifest has of its files
 * @throws ExpectedError where the file is not there, or not as it was written, or has no such answers
 */
export function loadTargets(
  path: string,
  examples: readonly Example[],
  outputs: CreationManifest["outputs"],
  labels: AnsweredLabels,
): Map<Example, readonly number[]> {
  const lineage = join(dirname(path), creationFiles.lineage);
  const wanted = `--labels ${labels}: expected ${lineage}`;
  if (!existsSync(lineage))
    throw new ExpectedError(`${wanted}, which holds the answers that it is trained on`);
  const targets = new Map<Example, readonly number[]>();
  const hash = createHash("sha256");
  let row = 0;
  for (const { bytes } of linesInside(lineage, (piece) => hash.update(piece))) {
    const example = examples[row++];
    if (!example) continue;
    const target = readTarget(
      bytes.toString("utf8"),
      { example, labels },
      `${lineage}, line ${row}`,
    );
    if (target) targets.set(example, target);
  }
  if (row < examples.length || hash.digest("hex") !== outputs[creationFiles.lineage])
    throw new ExpectedError(`${wanted} as its creation wrote it, got another`);
  return targets;
}

/** @returns null where no answer is readable */
function readTarget(
  line: string,
  { example, labels }: { example: Example; labels: AnsweredLabels },
  where: string,
): number[] | null {
  const { length } = example.options;
  const { data } = lineageSchema.safeParse(decodeJson(line));
  const { asked = 0, answers = [], probabilities } = data?.agreement ?? {};
  const counts = probabilities ?? answers;
  if (counts.length !== length || (!probabilities && asked < least[labels]))
    throw new ExpectedError(
      `--labels ${labels}: expected ${renderCount(least[labels], "answer")} at least (--verify ${least[labels]}) or those of --answers letters, got ${asked} (${where})`,
    );
  const sum = counts.reduce((all, count) => all + count, 0);
  return sum > 0 ? counts.map((count) => count / sum) : null;
}

/** Gives an example its probabilities, and the most probable label: of equally probable ones its own, else the first. */
export function soften(example: Example, target: readonly number[] | undefined): TrainingExample {
  if (!target) return example;
  const most = Math.max(...target);
  const label = target[example.label] === most ? example.label : target.indexOf(most);
  return { ...example, label, target };
}

/** Gives an example its most frequent answer, or most probable letter, as label; where two are, its own stays, as with `--relabel`. */
export function takeAnswer(example: Example, target: readonly number[] | undefined): Example {
  if (!target) return example;
  const most = Math.max(...target);
  const label = target.indexOf(most);
  return target.lastIndexOf(most) === label ? { ...example, label } : example;
}
