export { renderFiles } from "./render/files.ts";
export {
  type EvaluationManifest,
  evaluationManifestSchema,
  type TestItem,
} from "./results/evaluation-manifest.ts";
export { readResults } from "./results/read-results.ts";
export { evalStage } from "./run/eval-stage.ts";
export { writeTables } from "./run/write-tables.ts";
export { analyseResults as toView } from "./tables/analysis.ts";
