import { FlagError } from "@seedling/core/internal";

/** The keys that answers of a file are written as. */
export interface AnswerKeys {
  answer: string;
  probabilities: string;
  /** Says once that they are others than those that were asked for. */
  notice: string | null;
}

/**
 * Chooses the keys of a file's answers by its first line, so that no key of the line's own is written twice.
 * @param wanted the answer's key; with it come `probabilities`
 * @throws FlagError where the line has the other keys, too
 */
export function chooseKeys(
  record: Readonly<Record<string, unknown>>,
  wanted: string,
  where: string,
): AnswerKeys {
  const has = (key: string) => Object.hasOwn(record, key);
  const answer = has(wanted) ? "predicted" : wanted;
  const isPlain = answer === wanted && !has("probabilities");
  const probabilities = isPlain ? "probabilities" : `${answer}_probabilities`;
  const [taken] = [wanted, "probabilities"].filter(has);
  const advice = "give --answer-key NAME with a key that the lines do not have";
  for (const key of [answer, probabilities])
    if (has(key))
      throw new FlagError(
        `${where}: has ${[...new Set([taken, key])].map((one) => JSON.stringify(one)).join(" and ")}; ${advice}`,
      );
  const notice =
    taken === undefined
      ? null
      : `${where}: has ${JSON.stringify(taken)}, which stays; answers are written as ${JSON.stringify(answer)} and ${JSON.stringify(probabilities)}`;
  return { answer, probabilities, notice };
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
