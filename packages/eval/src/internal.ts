export { hashSource } from "./report/page/page.ts";
export { evalStage } from "./run/eval-stage.ts";
export { writeTables } from "./run/write-tables.ts";
