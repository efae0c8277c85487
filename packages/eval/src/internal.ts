export { compareResults } from "./compare/compare-results.ts";
export { renderComparison } from "./compare/comparison-text.ts";
export { hashSource } from "./report/page/page.ts";
export { evaluationManifestSchema } from "./results/evaluation-manifest.ts";
export { evalStage } from "./run/eval-stage.ts";
export { writeTables } from "./run/write-tables.ts";
