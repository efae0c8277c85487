import { normaliseQuestion } from "@seedling/core/internal";
import { openHashIndex, toHash } from "../llm/hash-index.ts";

/** The questions that were kept, by hash: 14 to 19 bytes each. */
export interface Seen {
  /** The line of a kept question that is the same, case and white space put aside. */
  find: (question: string) => number | null;
  add: (question: string, line: number) => void;
}

/** Opens an empty memory of questions. */
export function openSeen(): Seen {
  const index = openHashIndex();
  return {
    find: (question) => index.find(toHash(normaliseQuestion(question))),
    add: (question, line) => index.add(toHash(normaliseQuestion(question)), line),
  };
}
