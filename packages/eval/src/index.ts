/** The door for people: evaluation. Other packages use `@seedling/eval/internal`. */
export { type Evaluation, evaluate } from "./predict/evaluate.ts";
export type { TestItem } from "./results/evaluation-manifest.ts";
