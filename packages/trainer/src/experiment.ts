import { runEntry, runProcess } from "@seedling/core/internal";
import { trainerStage } from "./run/trainer-stage.ts";

await runProcess((io) => runEntry(trainerStage, io));
