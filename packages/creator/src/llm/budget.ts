import type { Settlement } from "./books.ts";
import type { Chat, Parameters, Usage } from "./chat.ts";
import type { Ledger } from "./ledger.ts";
import type { PriceList } from "./prices.ts";
import { isUnbilled } from "./retries.ts";
import { toWorstCase } from "./worst-case.ts";

/** What a command may spend; null: no cap. */
export interface Caps {
  /** USD. */
  maxCost: number | null;
  maxTotalTokens: number | null;
}

/** The next request may cross a cap, and nothing is in flight that might leave more. */
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
        ? `${flag} ${cap} USD: ${renderUsd(spent)} spent, the next request may cost ${renderUsd(next)}`
        : `${flag} ${cap}: ${spent} tokens spent, the next request may take ${next}`,
    );
    this.flag = flag;
    this.cap = cap;
    this.spent = spent;
    this.next = next;
  }
}

/** What a run's requests are paid by. */
export interface Account {
  ledger: Ledger;
  prices: PriceList | null;
  parameters: Parameters;
}

/** What a command spends, over all its runs. */
export interface Budget {
  /** Counts what earlier invocations spent. @param usd null: no price is known */
  charge: (usage: Usage, usd: number | null) => void;
  /** A chat that asks only what can be paid. @throws CapReached */
  wrap: (chat: Chat, account: Account) => Chat;
  readonly spentTokens: number;
  /** Where prices are known. */
  readonly spentUsd: number;
}

/** An amount in both currencies. */
interface Sum {
  tokens: number;
  usd: number;
}

/**
 * Opens a budget. What is in flight counts at its worst case, so a cap is never crossed; a request that
 * may cross it waits, first come first served, while what is in flight may turn out cheaper. Once
 * a cap is reached it stays so.
 */
export function openBudget({ maxCost, maxTotalTokens }: Caps): Budget {
  const spent: Sum = { tokens: 0, usd: 0 };
  const inFlight: Sum = { tokens: 0, usd: 0 };
  const waiting: { worst: Sum; enter: () => void; refuse: (error: CapReached) => void }[] = [];
  let out = 0;
  let reached: CapReached | null = null;

  const toCapReached = (next: Sum): CapReached | null => {
    if (maxCost !== null && spent.usd + inFlight.usd + next.usd > maxCost)
      return new CapReached("--max-cost", maxCost, spent.usd, next.usd);
    if (maxTotalTokens !== null && spent.tokens + inFlight.tokens + next.tokens > maxTotalTokens)
      return new CapReached("--max-total-tokens", maxTotalTokens, spent.tokens, next.tokens);
    return null;
  };

  const admit = () => {
    for (let next = waiting[0]; next; next = waiting[0]) {
      const crossed = toCapReached(next.worst);
      if (crossed && out > 0) return;
      waiting.shift();
      reached ??= crossed;
      if (reached) next.refuse(reached);
      else {
        out += 1;
        add(inFlight, next.worst);
        next.enter();
      }
    }
  };

  const leave = (worst: Sum, cost: Sum) => {
    out -= 1;
    add(inFlight, worst, -1);
    // Sums of fractions do not come back to zero by themselves.
    if (out === 0) inFlight.usd = 0;
    add(spent, cost);
    admit();
  };

  return {
    charge(usage, usd) {
      if (maxCost !== null && usd === null) throw new Error("a cap in USD needs prices");
      add(spent, { tokens: toTokens(usage), usd: usd ?? 0 });
    },
    wrap(chat, { ledger, prices, parameters }) {
      if (maxCost !== null && prices === null) throw new Error("a cap in USD needs prices");
      const toSum = (settlement: Settlement, most: Usage): Sum => {
        if (settlement === "nothing") return { tokens: 0, usd: 0 };
        const usage = settlement === "lost" ? most : settlement;
        return { tokens: toTokens(usage), usd: prices?.usd(usage) ?? 0 };
      };
      return async (request) => {
        const most = toWorstCase(request, parameters);
        const worst = toSum(most, most);
        await new Promise<void>((enter, refuse) => {
          waiting.push({ worst, enter, refuse });
          admit();
        });
        let settlement: Settlement = "nothing";
        try {
          const id = ledger.sent(most);
          settlement = "lost";
          try {
            const completion = await chat(request);
            settlement = completion.usage ?? most;
            return completion;
          } catch (error) {
            if (isUnbilled(error)) settlement = "nothing";
            throw error;
          } finally {
            ledger.settle(id, settlement);
          }
        } finally {
          leave(worst, toSum(settlement, most));
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

function add(sum: Sum, { tokens, usd }: Sum, times = 1) {
  sum.tokens += times * tokens;
  sum.usd += times * usd;
}

function toTokens({ promptTokens, completionTokens }: Usage): number {
  return promptTokens + completionTokens;
}

function renderUsd(usd: number): string {
  return usd > 0 && usd < 0.01 ? usd.toPrecision(2) : usd.toFixed(4);
}
