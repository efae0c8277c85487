import type { Completion } from "../llm/chat.ts";
import { toLetter } from "../prompt/prompt.ts";

/**
 * Reads the probabilities of lettered options from a reply's first token.
 * @param order the options' indices by their letters
 * @returns by option, together 1; null where no letter is among the most probable tokens
 */
export function readLetters(
  { logprobs = [] }: Pick<Completion, "logprobs">,
  order: readonly number[],
): number[] | null {
  const found = order.map(() => 0);
  for (const { token, logprob } of logprobs) {
    const letter = /^\W*([a-z])\W*$/i.exec(token)?.[1]?.toUpperCase();
    const index = order.find((_, place) => toLetter(place) === letter);
    if (index !== undefined) found[index] = (found[index] ?? 0) + Math.exp(logprob);
  }
  const sum = found.reduce((all, one) => all + one, 0);
  return sum > 0 ? found.map((one) => one / sum) : null;
}
