import { type Example, type Random, toAnswer } from "@seedling/core/internal";

/**
 * The control of `--labels shuffled`: the same examples with their labels permuted among them. Where
 * all have the same options the label texts are, so that their counts stay; where options vary, the
 * places of the right option are.
 */
export function shuffleLabels(
  examples: readonly Example[],
  options: "fixed" | "varying",
  random: Random,
): Example[] {
  const donors = random.shuffled(examples);
  return examples.map((example, i) => {
    const donor = donors[i] as Example;
    const label =
      options === "fixed"
        ? example.options.indexOf(toAnswer(donor))
        : donor.label % example.options.length;
    return { ...example, label };
  });
}
