export { compareResults } from "./compare/compare-results.ts";
export { renderComparison } from "./compare/comparison-text.ts";
export { html, Markup } from "./render/html.ts";
export { hashSource } from "./report/page/page.ts";
export {
  type EvaluationManifest,
  evaluationManifestSchema,
} from "./results/evaluation-manifest.ts";
export { evalStage } from "./run/eval-stage.ts";
export { writeTables } from "./run/write-tables.ts";
export { constantLevel, mostShared } from "./statistics/constant.ts";
export { computeBaseline } from "./tables/baselines.ts";
