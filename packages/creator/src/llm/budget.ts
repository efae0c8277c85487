import {
  FlagError,
  type Flags,
  type Run,
  renderUsd,
  toCreationFolder,
} from "@seedling/core/internal";
import { type Chat, computeWorstCase, type Parameters, type Usage } from "./chat.ts";
import { isFree } from "./errors.ts";
import { type Ledger, readLedger, type Used } from "./ledger.ts";
import { computeCost, findRunPrices, type ModelPrices, type PriceList } from "./prices.ts";

/** The next request may cross a cap, and nothing is in flight that may turn out cheaper. */
export class CapReached extends Error {
  override name = "CapReached";
}

/** What a command spends, over all its runs. */
export type Budget = ReturnType<typeof createBudget>;

/** An amount in both currencies; USD where prices are known. */
type Amount = { tokens: number; usd: number };

/**
 * Creates a budget. What is in flight counts at its worst case, so a cap is crossed by
 * nothing but replies that take more than their limit: the first such raises the worst case of all that follow. A
 * request that may cross a cap waits, first come first served, while what is in flight may turn out cheaper. Once
 * a cap is reached it stays so. null: no cap.
 */
export function createBudget({
  maxCost,
  maxTotalTokens,
}: Pick<Flags, "maxCost" | "maxTotalTokens">) {
  const spent: Amount = { tokens: 0, usd: 0 };
  const reserved: Amount = { tokens: 0, usd: 0 };
  let inFlight = 0;
  let reached: CapReached | null = null;
  /** Settled once the last request that came has entered or was refused. */
  let queue: Promise<unknown> = Promise.resolve();
  let wake = () => {};

  const findCrossed = (next: Amount): CapReached | null => {
    if (maxCost !== null && spent.usd + reserved.usd + next.usd > maxCost)
      return new CapReached(
        `--max-cost ${maxCost} USD: ${renderUsd(spent.usd)} spent, the next request may cost ${renderUsd(next.usd)}`,
      );
    if (maxTotalTokens !== null && spent.tokens + reserved.tokens + next.tokens > maxTotalTokens)
      return new CapReached(
        `--max-total-tokens ${maxTotalTokens}: ${spent.tokens} tokens spent, the next request may take ${next.tokens}`,
      );
    return null;
  };

  /** @param price the worst case, which may have risen when its turn comes */
  const admit = async (price: () => Amount): Promise<Amount> => {
    while (!reached) {
      const worst = price();
      const crossed = findCrossed(worst);
      if (!crossed) {
        inFlight += 1;
        add(reserved, worst);
        return worst;
      }
      if (inFlight === 0) reached = crossed;
      else
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
    }
    throw reached;
  };

  const leave = (worst: Amount, cost: Amount) => {
    inFlight -= 1;
    add(reserved, worst, -1);
    // Sums of fractions do not return to zero by themselves.
    if (inFlight === 0) reserved.usd = 0;
    add(spent, cost);
    wake();
  };

  /** @param usd null: no price is known */
  const toAmount = ({ promptTokens, completionTokens }: Usage, usd: number | null): Amount => {
    if (maxCost !== null && usd === null) throw new Error("a cap in USD needs prices");
    return { tokens: promptTokens + completionTokens, usd: usd ?? 0 };
  };

  return {
    /** What was spent so far. */
    spent: spent as Readonly<Amount>,
    /** Counts what was spent otherwise, such as by earlier invocations. @param times -1: takes it back */
    charge: (usage: Usage, usd: number | null, times: 1 | -1 = 1) =>
      add(spent, toAmount(usage, usd), times),
    /**
     * A chat that asks only what can be paid.
     * @param account its ledger is null where batches are written down as such
     * @param log prints that a reply took more than it may
     * @throws (the chat) CapReached
     */
    wrap(
      chat: Chat,
      account: { ledger: Ledger | null; prices: PriceList | null; parameters: Parameters },
      log: (line: string) => void = () => {},
    ): Chat {
      const { ledger, prices, parameters } = account;
      /** The most that a reply took, in earlier processes too. */
      let highest = ledger?.longest ?? 0;
      const price = (usage: Usage) => toAmount(usage, prices?.usd(usage) ?? null);
      const nothing = price({ promptTokens: 0, completionTokens: 0 });
      return async (request) => {
        const most = computeWorstCase(request, parameters);
        const limit = most.completionTokens;
        const priceMost = () => {
          most.completionTokens = Math.max(limit, highest);
          return price(most);
        };
        const admitted = queue.then(() => admit(priceMost));
        queue = admitted.catch(() => {});
        const worst = await admitted;
        let cost = nothing;
        try {
          const id = ledger?.send(most) ?? 0;
          let used: Used = "lost";
          cost = worst;
          try {
            const completion = await chat(request);
            used = completion.usage ?? most;
            cost = price(used);
            if (used.completionTokens > Math.max(limit, highest)) {
              if (highest <= limit)
                log(
                  `a reply took ${used.completionTokens} tokens by the server's count, more than --max-tokens ${parameters.maxTokens}: so many count for each request from now on`,
                );
              highest = used.completionTokens;
            }
            return completion;
          } catch (error) {
            if (isFree(error)) [used, cost] = ["nothing", nothing];
            throw error;
          } finally {
            ledger?.commit(id, used);
          }
        } finally {
          leave(worst, cost);
        }
      };
    },
  };
}

/**
 * Creates the budget of a command: what its creations spent in earlier invocations counts, each request
 * at the price of how it was asked.
 * @throws FlagError for a cap in USD where a price is not known
 */
export function createRunBudget(runs: readonly Run[]): Budget {
  const { maxCost = null, maxTotalTokens = null } = runs[0]?.flags ?? {};
  const budget = createBudget({ maxCost, maxTotalTokens });
  const live = runs.filter(({ completions }) => completions?.kind === "live");
  const creations = new Map(live.map((run) => [toCreationFolder(run), run]));
  for (const [folder, run] of creations) {
    const model = run.completions?.model ?? "";
    const checkModel = run.flags.verifyModel ?? model;
    const prices = findRunPrices(run, checkModel);
    chargeEarlier(budget, folder, prices, {
      maxCost,
      unpriced: prices.creating ? checkModel : model,
    });
  }
  return budget;
}

/**
 * Charges a budget with what stands in a folder's ledger.
 * @param unpriced the model that no price is known for, if one is not
 * @throws FlagError for a cap in USD where a price is not known
 */
export function chargeEarlier(
  budget: Budget,
  folder: string,
  prices: ModelPrices,
  { maxCost, unpriced }: Pick<Flags, "maxCost"> & { unpriced: string },
): void {
  const { spent } = readLedger(folder);
  const cost = computeCost(spent, prices);
  if (maxCost !== null && cost === null)
    throw new FlagError(
      `--max-cost: no price is known for ${unpriced}; give --prices IN,OUT, or --max-total-tokens instead`,
    );
  budget.charge(spent, cost);
}

function add(sum: Amount, { tokens, usd }: Amount, times = 1): void {
  sum.tokens += times * tokens;
  sum.usd += times * usd;
}
