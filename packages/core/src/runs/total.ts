/**
 * The last line of a stage's dry run. A dry run writes nothing, so no stage knows another's: all three
 * stand alike.
 * @param parts how many there are of each kind, then what these take, in words
 */
export function renderTotal(
  what: "creation" | "training" | "evaluation",
  parts: readonly string[],
): string {
  return `${`Total, ${what}:`.padEnd(19)}${parts.join("; ")}`;
}
