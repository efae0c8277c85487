/** The door for people: a classifier served by HTTP, or as a page. */
export { type ExportedPage, exportPage } from "./export/page/export-page.ts";
export {
  type ClassifierServer,
  type ServeOptions,
  serveClassifier,
} from "./serve/serve-classifier.ts";
