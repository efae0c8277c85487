/** How many requests may be in flight. */
export interface InFlight {
  /** A whole number from 1 on. */
  readonly allowed: number;
  /** Takes a success under full load. */
  grow: () => void;
  /** @param inFlight how many are in flight, if fewer than allowed */
  halve: (inFlight: number) => void;
}

/** Rounds of successes after which growth doubles. */
const roundsToDouble = 8;

/**
 * Begins with the most there may be. After a cut one more is allowed with each round of as many
 * successes as are allowed, and twice as many more with every eight rounds.
 */
export function openInFlight(most: number): InFlight {
  let allowed = most;
  let growth = 1;
  let rounds = 0;
  return {
    get allowed() {
      return Math.floor(allowed);
    },
    grow() {
      if (allowed >= most) return;
      rounds += 1 / allowed;
      allowed = Math.min(most, allowed + growth / allowed);
      if (rounds < roundsToDouble) return;
      rounds = 0;
      growth *= 2;
    },
    halve(inFlight) {
      allowed = Math.max(1, Math.floor(Math.min(allowed, inFlight) / 2));
      growth = 1;
      rounds = 0;
    },
  };
}
