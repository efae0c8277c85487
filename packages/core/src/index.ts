/** The door for people: examples and the files they stand in. Other packages use `@seedling/core/internal`. */
export {
  type Example,
  parseExample,
  toExamplesJsonl,
} from "./data/example.ts";
export { readOwnTask } from "./data/own-task.ts";
export { parseExamples, readExamples } from "./data/read-examples.ts";
export { type Format, findTask, type Split, type Task, tasks } from "./data/tasks.ts";
export { ExpectedError } from "./messages/errors.ts";
