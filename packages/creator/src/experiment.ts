import { runEntry, runProcess } from "@seedling/core/internal";
import { creatorStage } from "./run/creator-stage.ts";

await runProcess((io) => runEntry(creatorStage, io));
