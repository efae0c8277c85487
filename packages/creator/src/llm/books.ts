import type { Usage } from "./chat.ts";

/** How a request ended: what it used, nothing where the server did no work, or lost: nobody knows. */
export type Settlement = Usage | "nothing" | "lost";

/** The sums of a ledger. Only requests that are out are held one by one. */
export interface Books {
  /** The next request's number: above all that were ever used. */
  readonly next: number;
  /** Settled, or else at worst. */
  readonly spent: Usage;
  /** Requests that may have cost something, but whose reply never came; tokens at worst. */
  readonly lost: { requests: number; tokens: number };
  isOut: (id: number) => boolean;
  send: (id: number, worst: Usage) => void;
  settle: (id: number, settlement: Settlement) => void;
  /** Nobody waits any more for what is out. */
  loseAll: () => void;
}

/** Opens empty books. */
export function openBooks(): Books {
  const out = new Map<number, Usage>();
  const settled: Usage = { promptTokens: 0, completionTokens: 0 };
  const lost = { requests: 0, tokens: 0 };
  let next = 0;

  const settle = (id: number, settlement: Settlement) => {
    const worst = out.get(id);
    if (!worst) throw new Error(`request ${id} is not out`);
    out.delete(id);
    if (settlement === "nothing") return;
    add(settled, settlement === "lost" ? worst : settlement);
    if (settlement !== "lost") return;
    lost.requests += 1;
    lost.tokens += worst.promptTokens + worst.completionTokens;
  };

  return {
    get next() {
      return next;
    },
    get spent() {
      const sum = { ...settled };
      for (const worst of out.values()) add(sum, worst);
      return sum;
    },
    get lost() {
      return { ...lost };
    },
    isOut: (id) => out.has(id),
    send(id, worst) {
      out.set(id, worst);
      next = Math.max(next, id + 1);
    },
    settle,
    loseAll() {
      for (const id of [...out.keys()]) settle(id, "lost");
    },
  };
}

function add(sum: Usage, more: Usage) {
  sum.promptTokens += more.promptTokens;
  sum.completionTokens += more.completionTokens;
}
