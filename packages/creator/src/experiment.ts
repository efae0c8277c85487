import { enterStage, toCreationFolder } from "@seedling/core";
import { createRun } from "./create-run.ts";

await enterStage({ name: "creator", folder: toCreationFolder, work: createRun });
