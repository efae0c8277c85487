import { runEntry, runProcess } from "@seedling/core/internal";
import { createCreatorStage } from "@seedling/creator/internal";

/** The first stage in a process of its own, with the trainer's classifier for creations that look at one. */
const stage = createCreatorStage(async (options) => {
  const { openRefit } = await import("@seedling/trainer/internal");
  return openRefit(options);
});

await runProcess((io) => runEntry(stage, io));
