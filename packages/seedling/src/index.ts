/** The door for people: a classifier served by HTTP. */
export {
  type ClassifierServer,
  type ServeOptions,
  serveClassifier,
} from "./serve/serve-classifier.ts";
