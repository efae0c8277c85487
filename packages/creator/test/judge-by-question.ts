import { createRandom, type Example } from "@seedling/core/internal";
import type { Refit } from "../src/create/creation.ts";

/** How sure a classifier is of an example, and whether it is right: now and then it is not. */
export function judgeOne({ question }: Example) {
  const random = createRandom("classifier", question);
  return { confidence: 0.5 + random.next() / 2, right: random.next() < 0.7 };
}

/** Stands in for a classifier: what it makes of an example depends on that alone. */
export const judgeByQuestion: Refit = async (examples) => {
  const judged = examples.map(judgeOne);
  return {
    confidence: judged.map(({ confidence }) => confidence),
    right: judged.map(({ right }) => right),
  };
};
