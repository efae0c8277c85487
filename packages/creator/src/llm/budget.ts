import { type Chat, computeWorstCase, type Parameters, type Usage } from "./chat.ts";
import { isFree } from "./errors.ts";
import type { Ledger, Used } from "./ledger.ts";
import type { PriceList } from "./prices.ts";

/** What a command may spend; null: no cap. */
export interface Caps {
  /** USD. */
  maxCost: number | null;
  maxTotalTokens: number | null;
}

/** The next request may cross a cap, and nothing is in flight that may turn out cheaper. */
export class CapReached extends Error {
  override name = "CapReached";
  readonly flag: "--max-cost" | "--max-total-tokens";
  /** In USD or in tokens, as the flag. */
  readonly cap: number;
  readonly spent: number;
  readonly next: number;

  constructor(flag: CapReached["flag"], cap: number, spent: number, next: number) {
    super(
      flag === "--max-cost"
        ? `${flag} ${cap} USD: ${formatUsd(spent)} spent, the next request may cost ${formatUsd(next)}`
        : `${flag} ${cap}: ${spent} tokens spent, the next request may take ${next}`,
    );
    this.flag = flag;
    this.cap = cap;
    this.spent = spent;
    this.next = next;
  }
}

/** How requests are paid for. */
export interface Account {
  /** null: batches are written down as such. */
  ledger: Ledger | null;
  prices: PriceList | null;
  parameters: Parameters;
}

/** What a command spends, over all its runs. */
export interface Budget {
  /** Counts what was spent otherwise, such as by earlier invocations. @param usd null: no price is known */
  charge: (usage: Usage, usd: number | null) => void;
  /** A chat that asks only what can be paid. @throws CapReached */
  wrap: (chat: Chat, account: Account) => Chat;
  readonly spentTokens: number;
  /** Where prices are known. */
  readonly spentUsd: number;
}

/** An amount in both currencies. */
interface Amount {
  tokens: number;
  usd: number;
}

/**
 * Creates a budget. What is in flight counts at its worst case, so a cap is never crossed; a request that
 * may cross it waits, first come first served, while what is in flight may turn out cheaper. Once
 * a cap is reached it stays so.
 */
export function createBudget({ maxCost, maxTotalTokens }: Caps): Budget {
  const spent: Amount = { tokens: 0, usd: 0 };
  const reserved: Amount = { tokens: 0, usd: 0 };
  const waiting: { worst: Amount; enter: () => void; refuse: (error: CapReached) => void }[] = [];
  let inFlight = 0;
  let reached: CapReached | null = null;

  const findCrossed = (next: Amount): CapReached | null => {
    if (maxCost !== null && spent.usd + reserved.usd + next.usd > maxCost)
      return new CapReached("--max-cost", maxCost, spent.usd, next.usd);
    if (maxTotalTokens !== null && spent.tokens + reserved.tokens + next.tokens > maxTotalTokens)
      return new CapReached("--max-total-tokens", maxTotalTokens, spent.tokens, next.tokens);
    return null;
  };

  const admit = () => {
    for (let next = waiting[0]; next; next = waiting[0]) {
      const crossed = findCrossed(next.worst);
      if (crossed && inFlight > 0) return;
      waiting.shift();
      reached ??= crossed;
      if (reached) next.refuse(reached);
      else {
        inFlight += 1;
        add(reserved, next.worst);
        next.enter();
      }
    }
  };

  const leave = (worst: Amount, cost: Amount) => {
    inFlight -= 1;
    add(reserved, worst, -1);
    // Sums of fractions do not return to zero by themselves.
    if (inFlight === 0) reserved.usd = 0;
    add(spent, cost);
    admit();
  };

  return {
    charge(usage, usd) {
      if (maxCost !== null && usd === null) throw new Error("a cap in USD needs prices");
      add(spent, { tokens: countTokens(usage), usd: usd ?? 0 });
    },
    wrap(chat, { ledger, prices, parameters }) {
      if (maxCost !== null && prices === null) throw new Error("a cap in USD needs prices");
      const price = (used: Used, most: Usage): Amount => {
        if (used === "nothing") return { tokens: 0, usd: 0 };
        const usage = used === "lost" ? most : used;
        return { tokens: countTokens(usage), usd: prices?.usd(usage) ?? 0 };
      };
      return async (request) => {
        const most = computeWorstCase(request, parameters);
        const worst = price(most, most);
        await new Promise<void>((enter, refuse) => {
          waiting.push({ worst, enter, refuse });
          admit();
        });
        let used: Used = "nothing";
        try {
          const id = ledger?.send(most) ?? 0;
          used = "lost";
          try {
            const completion = await chat(request);
            used = completion.usage ?? most;
            return completion;
          } catch (error) {
            if (isFree(error)) used = "nothing";
            throw error;
          } finally {
            ledger?.commit(id, used);
          }
        } finally {
          leave(worst, price(used, most));
        }
      };
    },
    get spentTokens() {
      return spent.tokens;
    },
    get spentUsd() {
      return spent.usd;
    },
  };
}

function add(sum: Amount, { tokens, usd }: Amount, times = 1): void {
  sum.tokens += times * tokens;
  sum.usd += times * usd;
}

function countTokens({ promptTokens, completionTokens }: Usage): number {
  return promptTokens + completionTokens;
}

function formatUsd(usd: number): string {
  return usd > 0 && usd < 0.01 ? usd.toPrecision(2) : usd.toFixed(4);
}
