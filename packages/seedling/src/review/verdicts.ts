import {
  lockFolder,
  openReview,
  type Review,
  readReview,
  type Verdict,
} from "@seedling/core/internal";

/**
 * Opens `review.jsonl` to add to it, locked against a second page: what was said of each example, by its id, and a way
 * back.
 * @param log is told of a last line that was cut while being written
 * @throws LockedError if another process reviews the creation; ExpectedError naming a damaged line
 */
export function openVerdicts(
  folder: string,
  { now, log }: { now: () => string; log: (line: string) => void },
) {
  const unlock = lockFolder(folder, "review.lock.json");
  try {
    const file = openReview(folder, log);
    try {
      return { ...createVerdicts(readReview(folder), file.append, now), close };
    } catch (error) {
      file.close();
      throw error;
    }
    function close(): void {
      file.close();
      unlock();
    }
  } catch (error) {
    unlock();
    throw error;
  }
}

/** @param append is called with each line */
function createVerdicts(before: Review, append: (verdict: Verdict) => void, now: () => string) {
  const said = new Map(before);
  const undoable: { id: string; before: Verdict | undefined; isEdit: boolean }[] = [];
  return {
    said: said as Review,
    /** Takes over an answer of earlier versions: it is no line before something is said of its example. */
    assume(id: string, answer: string | null): void {
      if (!said.has(id)) said.set(id, { example: id, state: "open", answer, at: "" });
    },
    /**
     * Says something of an example. An answer that was given blind stays beside it.
     * @param isEdit of what is saved as it is typed all is undone at once
     */
    say(id: string, verdict: Pick<Verdict, "state" | "now" | "answer">, isEdit = false): void {
      const known = said.get(id);
      const answer = verdict.answer === undefined ? known?.answer : verdict.answer;
      const line = { example: id, ...verdict, ...(answer !== undefined && { answer }), at: now() };
      append(line);
      said.set(id, line);
      const last = undoable.at(-1);
      if (!(isEdit && last?.isEdit && last.id === id)) undoable.push({ id, before: known, isEdit });
    },
    /** Takes back what was said last since the opening. @returns the example's id; null: there is nothing */
    undo(): string | null {
      const last = undoable.pop();
      if (!last) return null;
      const { state = "open", now: text, answer } = last.before ?? {};
      const line = {
        ...{ example: last.id, state },
        ...(text !== undefined && { now: text }),
        ...(answer !== undefined && { answer }),
        at: now(),
      };
      append(line);
      said.set(last.id, line);
      return last.id;
    },
  };
}
