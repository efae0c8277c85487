import { command, openDialogue } from "@seedling/core/internal";
import { makeTask } from "./new-task/make-task.ts";

export const newTask = command({
  name: "new-task",
  about: "Makes the folder of a task of your own: asks a few questions, and for one example.",
  define: (line) => line.argument("<folder>", "the folder to make, such as ./my-task"),
  async run(_, ctx, [folder = ""]) {
    const leave = ctx.onInterrupt(() => "nothing was written");
    const dialogue = openDialogue(ctx);
    try {
      await makeTask(folder, ctx, dialogue);
    } finally {
      dialogue.close();
    }
    leave();
    return 0;
  },
});
