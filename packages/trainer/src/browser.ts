/** The door for pages: what needs nothing of Node. The bundles of their scripts hold it. */
export { combineVectors, listTextPairs, listTexts } from "./data/example-texts.ts";
export type { UnlabelledExample } from "./data/examples.ts";
export { argMax, softmax } from "./data/metrics.ts";
