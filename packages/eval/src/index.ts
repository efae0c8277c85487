/** The door for people: evaluation. Other packages use `@seedling/eval/internal`. */
export {
  type CellStatus,
  type ComparedCell,
  compareResults,
  type ResultsComparison,
} from "./compare/compare-results.ts";
export { type Evaluation, evaluate } from "./predict/evaluate.ts";
export type { TestItem } from "./results/evaluation-manifest.ts";
