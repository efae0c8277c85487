export { type EvaluationManifest, evaluationManifest, type Item } from "./evaluation.ts";
export { readResults } from "./results/read-results.ts";
export { renderFiles } from "./sheets/render-files.ts";
export { toView } from "./tables/to-view.ts";
