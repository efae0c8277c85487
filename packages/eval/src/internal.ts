export { evalStage, writeTables } from "./run/eval-stage.ts";
