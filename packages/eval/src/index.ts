export { type EvaluationManifest, evaluationManifest, type Item } from "./evaluation.ts";
export { readEvaluations } from "./evaluation-files.ts";
export { renderTables } from "./render-tables.ts";
export { wilsonInterval } from "./statistics.ts";
