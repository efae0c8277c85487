import { type AnswersManifest, answersFile } from "@seedling/core/internal";
import { toDirectFacts } from "../predict/direct-facts.ts";
import type { EvaluationManifest } from "./evaluation.ts";
import { type Difference, findDifference } from "./find-difference.ts";
import type { Found } from "./read-manifests.ts";

/** What an evaluation of `direct` says against the answers that it is of; null where they agree, or are gone. */
export function findOtherAnswers(
  evaluation: EvaluationManifest,
  answers: readonly Found<AnswersManifest>[],
): string | null {
  const { inputs } = evaluation;
  const same = answers.filter(({ value }) => value.outputs[answersFile] === inputs.answers);
  // Two runs may have been answered alike: one that agrees is enough.
  const differences = same.map((one) => compare(evaluation, one));
  const [first] = differences;
  if (!first || differences.includes(null)) return null;
  return `edited, or of earlier answers: ${first.path} is ${first.said}, they say ${first.found}`;
}

function compare(
  evaluation: EvaluationManifest,
  { value }: Found<AnswersManifest>,
): Difference | null {
  const { task, seeds, completions, train, dev, student, conditions, test, inputs } = evaluation;
  // Of another test set's answers of the run, or of earlier ones: the hash ties answers and evaluation.
  const date = completions?.date ?? value.completions.date;
  const found = toDirectFacts(
    { ...seeds, creation: value.seeds.creation },
    { ...value, completions: { ...value.completions, date } },
  );
  const { n, unreadable } = value;
  return findDifference(
    {
      ...{ task, seeds, completions, train, dev, student, conditions },
      test: { task: test.task, n: test.n, unreadable: test.unreadable },
      inputs: { test: inputs.test },
    },
    {
      ...found,
      task: value.task,
      test: { task: value.test, n, unreadable },
      inputs: { test: value.inputs.test },
    },
  );
}
