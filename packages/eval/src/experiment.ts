import { runEntry, runProcess } from "@seedling/core/internal";
import { evalStage } from "./run/eval-stage.ts";

await runProcess((io) => runEntry(evalStage, io));
