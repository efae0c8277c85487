import { isCreated, sources } from "@seedling/core/internal";
import type { Cell } from "./cell.ts";
import { publishedSize } from "./published.ts";

/**
 * In what the runs of a cell differ from the paper's: its creator, wording and rule for replies, its
 * student, recipe and train size. Beside the figure, no reason to take it out.
 */
export function listDeviations(cell: Cell): string[] {
  const { source, completions, student, train, dev, conditions, task } = cell;
  const size = publishedSize(task);
  const created = isCreated(source);
  const words = [
    created && !isPaperCreator(completions?.model) && `creator ${completions?.model}`,
    created && completions?.kind === "replay" && "a replay",
    created && conditions.instruction !== "original" && "own wording",
    created && conditions.replies !== "strict" && "replies salvaged",
    !isPaperStudent(student.encoder) && `student ${student.encoder}`,
    student.tune === "head" && "encoder frozen",
    student.tune === "full" && conditions.recipe !== "paper" && "own recipe",
    size !== null && train.n !== size && sources[source].trains && `N ${train.n} (paper ${size})`,
    train.human > 0 && `${train.human} human examples mixed in`,
    dev.source === "created" && sources[source].trains && "dev split created",
  ];
  return words.filter((word) => typeof word === "string");
}

function isPaperCreator(model: string | undefined): boolean {
  return model?.startsWith("gpt-3.5-turbo") ?? false;
}

function isPaperStudent(encoder: string): boolean {
  return /(^|\/)roberta-large$/i.test(encoder);
}
