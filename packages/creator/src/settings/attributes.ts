import type { Random } from "@seedling/core/internal";

/** Something in which examples differ, such as their style, with the values that it can have. */
export interface Attribute {
  name: string;
  values: string[];
}

/** One value of each attribute, by their names: what a request asks for. */
export type Leaf = Readonly<Record<string, string>>;

/** Leaves in the order in which requests ask for them. */
export type Leaves = ReturnType<typeof createLeaves>;

/**
 * Creates the leaves of a tree of attributes, one at a time rather than all their combinations: each value is the one that
 * stood least often beside the label, and then beside the values chosen before it, so that pairs are covered evenly.
 * Ties are drawn.
 */
export function createLeaves(attributes: readonly Attribute[], random: Random) {
  const counts = new Map<string, number>();
  const count = (pair: string) => counts.get(pair) ?? 0;
  return {
    /** Chooses the next one. @param label the index of the label that is asked for with it; null: none is */
    next(label: number | null): Leaf {
      const chosen: string[] = [];
      const leaf = attributes.map(({ name, values }, i) => {
        const ranked = values.map((value, at) => {
          const node = `${i} ${at}`;
          const beside = `label ${label}/${node}`;
          const pairs = [...chosen, ""].map((one) => `${one}/${node}`);
          const often = pairs.reduce((sum, pair) => sum + count(pair), random.next());
          return { value, node, pairs: [beside, ...pairs], rank: [count(beside), often] as const };
        });
        const best = ranked.reduce((least, one) => (isLess(one.rank, least.rank) ? one : least));
        for (const pair of best.pairs) counts.set(pair, count(pair) + 1);
        chosen.push(best.node);
        return [name, best.value];
      });
      return Object.fromEntries(leaf);
    },
  };
}

function isLess(one: readonly [number, number], other: readonly [number, number]): boolean {
  return one[0] < other[0] || (one[0] === other[0] && one[1] < other[1]);
}
