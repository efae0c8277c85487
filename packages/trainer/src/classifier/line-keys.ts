import { FlagError } from "@seedling/core/internal";

/** The keys that answers of a file are written as. */
export interface AnswerKeys {
  answer: string;
  probabilities: string;
  /** Marks answers of a language model; null: none is asked. */
  asked: string | null;
  /** Says once that they are others than those that were asked for. */
  notice: string | null;
}

/**
 * Chooses the keys of a file's answers by its first line, so that no key of the line's own is written twice.
 * @param wanted the answer's key; with it come `probabilities`, and `asked` where a language model is asked
 * @throws FlagError where the line has the other keys, too
 */
export function chooseKeys(
  record: Readonly<Record<string, unknown>>,
  wanted: string,
  where: string,
  asks: boolean,
): AnswerKeys {
  const has = (key: string) => Object.hasOwn(record, key);
  const answer = has(wanted) ? "predicted" : wanted;
  const others = ["probabilities", ...(asks ? ["asked"] : [])];
  const isPlain = answer === wanted && !others.some(has);
  const [probabilities = "", asked = null] = others.map((key) =>
    isPlain ? key : `${answer}_${key}`,
  );
  const [taken] = [wanted, ...others].filter(has);
  const advice = "give --answer-key NAME with a key that the lines do not have";
  for (const key of [answer, probabilities, asked])
    if (key !== null && has(key))
      throw new FlagError(
        `${where}: has ${[...new Set([taken, key])].map((one) => JSON.stringify(one)).join(" and ")}; ${advice}`,
      );
  const notice =
    taken === undefined
      ? null
      : `${where}: has ${JSON.stringify(taken)}, which stays; answers are written as ${[
          answer,
          probabilities,
          asked,
        ]
          .filter((key) => key !== null)
          .map((key) => JSON.stringify(key))
          .join(" and ")}`;
  return { answer, probabilities, asked, notice };
}

/**
 * Adds keys to a line of JSON before its last brace; the rest stays as it is written, to the digit.
 * @param record what the line holds
 */
export function addKeys(line: string, record: object, added: object): string {
  const end = line.lastIndexOf("}");
  const comma = Object.keys(record).length > 0 ? "," : "";
  return `${line.slice(0, end)}${comma}${JSON.stringify(added).slice(1, -1)}${line.slice(end)}`;
}
