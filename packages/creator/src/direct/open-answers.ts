import { join } from "node:path";
import {
  type Context,
  FlagError,
  type Flags,
  findLiveModel,
  findOnlyModel,
  hashValue,
  howToAsk,
  listFolders,
  lockFolder,
  readEndpoint,
  renderUsd,
  renderWhole,
  toMessage,
} from "@seedling/core/internal";
import { chargeEarlier, createBudget } from "../llm/budget.ts";
import { addTokens } from "../llm/chat.ts";
import { systemClock } from "../llm/open-chat.ts";
import { findPrices } from "../llm/prices.ts";
import { findStop, openRunChat } from "../llm/run-chat.ts";
import { renderSent } from "../llm/sent.ts";
import { type AskedExample, answerExamples } from "./answer-examples.ts";
import { listAnswers } from "./plan-answers.ts";

/** Answers to a person's own texts by a language model, one after the other batch. */
export type Answers = Awaited<ReturnType<typeof openAnswers>>;

/**
 * Opens a language model for a person's own texts. Every reply goes to a journal as it comes, which is looked into
 * first, as are those of earlier answers in the results folder: the same command pays nothing twice, and goes on where
 * it was stopped. Close it.
 * @param options id: what its caps are counted for, in all invocations together; about: what the task is, in words;
 *   texts: what requests hold, in words
 * @throws FlagError if there is nobody to ask, or a cap in USD and no price
 */
export async function openAnswers(
  {
    results,
    id,
    about,
    texts,
    flags,
  }: {
    results: string;
    id: unknown;
    about: string | null;
    texts: string;
    flags: Flags;
  },
  ctx: Pick<Context, "env" | "fetch" | "log">,
) {
  const { temperature, topP, maxTokens, concurrency } = flags;
  const live = await findModel(flags, ctx);
  const parameters = { model: live.model, temperature, topP, maxTokens };
  const base = join(results, "asked");
  const folder = join(base, hashValue({ id, about, ...parameters }).slice(0, 12));
  const price = findPrices({
    ...flags,
    model: live.model,
    official: live.endpoint?.official ?? false,
  });
  const prices = { creating: price, checking: price };
  const budget = createBudget(flags);
  const unlock = lockFolder(folder);
  try {
    chargeEarlier(budget, folder, prices, { ...flags, unpriced: live.model });
    const source = await openRunChat({
      completions: { kind: "live", ...live },
      folder,
      neighbours: [...listAnswers(results), ...listFolders(base)],
      flags,
      prices,
      ctx,
      budget,
      clock: systemClock,
    });
    const chat = source.chat(parameters, price);
    const used = {
      promptTokens: 0,
      completionTokens: 0,
      batched: { promptTokens: 0, completionTokens: 0 },
    };
    const sent = renderSent({ kind: "live", ...live }, texts);
    if (sent) ctx.log(sent);
    let stopped: unknown = null;
    return {
      model: live.model,
      folder,
      /**
       * @returns for each the option's index; null: none can be read; "not asked": a cap is reached
       * @throws what ends the asking otherwise
       */
      async ask(examples: readonly AskedExample[]): Promise<(number | null | "not asked")[]> {
        if (stopped !== null) return examples.map(() => "not asked");
        const { answers, error, usage } = await answerExamples(examples, {
          chat,
          parameters,
          about,
          concurrency,
        });
        addTokens(used, usage);
        if (error !== null && findStop(error) === null) throw error;
        stopped = error;
        return answers.map((answer) => (answer === undefined ? "not asked" : answer));
      },
      /** What it came to, in words: tokens of this invocation, USD where prices are known, and the cap that ended it. */
      describe(): string {
        const tokens = renderWhole(used.promptTokens + used.completionTokens);
        const cost = price ? `, ${renderUsd(price.usdOf(used))} USD` : "";
        const cap =
          stopped === null ? "" : `; ${toMessage(stopped)}; a larger cap goes on from here`;
        return `${tokens} tokens${cost}${cap}`;
      },
      async close(): Promise<void> {
        await source.close();
        unlock();
      },
    };
  } catch (error) {
    unlock();
    throw error;
  }
}

/** @throws FlagError if there is nobody to ask */
async function findModel(
  flags: Flags,
  { env, fetch, log }: Pick<Context, "env" | "fetch" | "log">,
) {
  const endpoint = readEndpoint(env);
  const named = findLiveModel(flags.model, endpoint, env);
  if (named?.endpoint || named?.file) return named;
  if (!endpoint) throw new FlagError(`there is no language model to ask: ${howToAsk}`);
  const maxWait = flags.maxWait * 60_000;
  return { model: await findOnlyModel(endpoint, { fetch, log, maxWait }), endpoint, file: null };
}
