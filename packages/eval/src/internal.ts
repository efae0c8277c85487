export { evalStage } from "./run/eval-stage.ts";
export { writeTables } from "./run/write-tables.ts";
