export { type EvaluationManifest, evaluationManifest, type Item } from "./evaluation.ts";
export { readEvaluations } from "./evaluation-files.ts";
export { renderTables } from "./tables/render-tables.ts";
