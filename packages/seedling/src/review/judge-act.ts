import {
  ExpectedError,
  haveSameTexts,
  parseExample,
  quote,
  toRecord,
  type Verdict,
} from "@seedling/core/internal";
import type { Act } from "./protocol.ts";
import type { Content, ReviewRow } from "./read-rows.ts";

/** What is known of an example that a person does something to. */
interface Known {
  row: ReviewRow;
  /** As it is now; null: only a part of it is known. */
  content: Content | null;
  before: Verdict | undefined;
  /** The labels, if they are the same everywhere. */
  labels: readonly string[] | null;
}

/** What is said of an example, and the words for it. */
type Judged = Pick<Verdict, "state" | "now" | "answer"> & { words: string };

/** Finds what an act says of an example. @throws ExpectedError where it would leave no example of the task */
export function judgeAct(act: Act, known: Known): Judged {
  const { row, content } = known;
  const isRejected = row.from === "rejected";
  if (act.do === "delete")
    return { state: "deleted", words: isRejected ? "Stays rejected" : "Deleted" };
  if (!content || !row.content)
    throw new ExpectedError("expected a whole example: only a part of this one is known");
  switch (act.do) {
    case "accept":
      return { ...toVerdict(known, content), words: isRejected ? "Taken in" : "Accepted" };
    case "label": {
      const verdict = toVerdict(known, { ...content, label: act.label });
      const isSame = verdict.state === "accepted";
      return { ...verdict, words: isSame ? "Accepted" : `Label changed to ${act.label}` };
    }
    case "edit": {
      const { question, context } = act;
      const edited = { ...content, question, context: context || null };
      return { ...toVerdict(known, edited), words: "Saved" };
    }
    default:
      return judgeAnswer(act.label, row.content, known);
  }
}

/** A blind answer becomes the label, unless the person has decided about the example before. */
function judgeAnswer(answer: string | null, made: Content, known: Known): Judged {
  const { state = "open", now } = known.before ?? {};
  if (answer !== null && !made.options.includes(answer))
    throw new ExpectedError(`expected one of its options, got ${quote(answer)}`);
  const as = `created as ${made.label}`;
  if (answer === null || state !== "open")
    return {
      ...{ state, answer },
      ...(now !== undefined && { now }),
      words: answer === null ? "Skipped: cannot tell" : `Answered; it was ${as}`,
    };
  const words =
    answer === made.label ? `Right: it was ${as}` : `It was ${as}; the label is ${answer} now`;
  return { ...toVerdict(known, { ...made, label: answer }), answer, words };
}

function toVerdict({ row, labels }: Known, content: Content): Pick<Verdict, "state" | "now"> {
  const { question, context, options, label } = content;
  if (question.trim() === "") throw new ExpectedError("expected a question, got an empty text");
  if (!options.includes(label))
    throw new ExpectedError(
      `expected one of its options as label, got ${quote(label)}: choose one first`,
    );
  if (labels && !haveSameTexts(options, labels))
    throw new ExpectedError("expected the options of the other examples");
  const made = row.content;
  const isSame = made?.question === question && made.context === context && made.label === label;
  const now = toRecord(parseExample({ question, context, options, label }, "the example"));
  if (row.from === "rejected") return { state: isSame ? "accepted" : "changed", now };
  return isSame ? { state: "accepted" } : { state: "changed", now };
}
