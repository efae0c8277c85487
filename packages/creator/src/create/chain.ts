import { createRandom, type Example, ExpectedError, toAnswer } from "@seedling/core/internal";
import { isValid, judgeCandidate } from "../filters/checks.ts";
import { createSeenQuestions } from "../filters/duplicates.ts";
import {
  type Agreement,
  createVerify,
  decidesKept,
  judgeAgreement,
  relabel,
} from "../filters/verify.ts";
import type { Chat, ChatRequest } from "../llm/chat.ts";
import { PermanentError } from "../llm/errors.ts";
import { assumedLeaf, renderLeaf } from "../prompt/attributes.ts";
import { createRequest, isListing, renderShown, renderWantedLabel } from "../prompt/prompt.ts";
import {
  type Candidate,
  isRejection,
  type Rejection,
  reject,
  toCandidate,
  toExample,
} from "../reply/candidate.ts";
import type { ReplyItem } from "../reply/read-reply.ts";
import type { Leaf, Leaves } from "../settings/attributes.ts";
import { createQueue, type Shown, settings } from "../settings/settings.ts";
import {
  type CreationDependencies,
  type CreationState,
  countAnswer,
  countReplyTokens,
  type Lineage,
} from "./creation.ts";
import type { CreationPlan } from "./creation-options.ts";
import { type Quotas, toCountedLabel } from "./quotas.ts";

/** A request whose reply is not processed. */
export interface PendingRequest {
  /** Its index in the plan, from 0: chains take turns. */
  index: number;
  shown: Shown;
  /** The attributes that it asks for; null: none. */
  leaf: Leaf | null;
  request: ChatRequest;
  /** What the reply holds; null: it has not come. */
  items: ReplyItem[] | null;
  /** Tokens of it and of its reply, and of the label checks that decided of its examples. */
  tokens: number;
  /** Whether the server refused it, and whether its reply came from a journal. */
  refused: boolean;
  journaled: boolean;
}

/** A chain of requests. */
export type Chain = ReturnType<typeof createChain>;

/**
 * Creates a chain: requests with an order of their own, from the formatting example on; naive and tree
 * have one. Chains know nothing of each other, so that none waits for another.
 */
export function createChain({ seed, setting, shape, chunk }: CreationPlan, number: number) {
  return {
    number,
    queue: createQueue(
      settings[setting].order,
      [shape.formatting, ...(shape.further ?? [])],
      chunk,
    ),
    random: createRandom("creation", seed, setting, ...(number === 0 ? [] : [number])),
    /** What it accepted, and the questions of that; merged, each has its line, or that of the one it repeats. */
    accepted: [] as Shown[],
    seen: createSeenQuestions(),
    /** Requests sent, and those whose replies are not processed, in their order. */
    asked: 0,
    waiting: [] as PendingRequest[],
    /** Whether a reply is being processed. */
    busy: false,
  };
}

/** The index in the plan of a chain's next request. */
export function nextIndex({ chains }: CreationPlan, { asked, number }: Chain): number {
  return asked * chains + number;
}

/** Takes the chain's next request, or null while a reply must be processed first. */
export function takeRequest(
  plan: CreationPlan,
  chain: Chain,
  quotas: Quotas,
  leaves: Leaves | null,
): PendingRequest | null {
  const turn = chain.queue.take(chain.waiting.length === 0);
  if (!turn) return null;
  const { shown, asking } = turn;
  const index = nextIndex(plan, chain);
  const label = quotas.choose(index, chain.asked + chain.number);
  const leaf = leaves?.next(plan.asksForOne ? label : null) ?? null;
  const request = buildRequest(plan, shown.example, { chain: chain.number, asking, label, leaf });
  const unanswered = { items: null, tokens: 0, refused: false, journaled: false };
  const asked: PendingRequest = { index, shown, leaf, request, ...unanswered };
  chain.waiting.push(asked);
  chain.asked += 1;
  return asked;
}

/** What a request asks for besides examples like the shown one, and its number. */
interface Asked {
  chain: number;
  asking: number;
  /** The index of a label. */
  label: number;
  leaf: Leaf | null;
}

/** Builds a request; by default a creation's first, by which the others are priced before any reply has come. */
export function buildRequest(
  plan: CreationPlan,
  shown: Example = plan.shape.formatting,
  asked: Asked = {
    chain: 0,
    asking: 0,
    label: 0,
    leaf: settings[plan.setting].asksForLeaf ? assumedLeaf : null,
  },
): ChatRequest {
  const { instruction, parameters, shape, seed, asksForOne, descriptions, schema } = plan;
  const { chain, asking, label, leaf } = asked;
  const wanted = asksForOne ? renderWantedLabel(shape, label, descriptions) : "";
  const example = renderShown(shown, shape.options);
  // Where a shown label is the only one in sight it is repeated unless another one is asked for behind it.
  const isLast = leaf !== null || !isListing(shape.options, shape.formatting.options.length);
  const behind = [leaf ? renderLeaf(leaf, plan.perRequest) : "", wanted].filter(Boolean).join("\n");
  return createRequest({
    system: wanted && !isLast ? `${instruction}\n${wanted}` : instruction,
    user: isLast ? `${example}\n\n${behind}` : example,
    seedParts: [seed, chain, asking],
    parameters,
    schema,
  });
}

/** An example that passed everything in its chain. */
export interface Accepted {
  shown: Shown;
  more: Pick<Lineage, "agreement" | "created" | "closeTo" | "readBy">;
}

/** Creates the judge of candidates: form, duplicates, contamination, the label check and quotas, in that order. */
export function createJudge(
  { shape, checks, chains, check, target: all }: CreationPlan,
  deps: CreationDependencies,
  state: CreationState,
  quotas: Quotas,
) {
  const { evaluated, answer } = deps;
  // What is filtered need not be counted.
  const counted = checks.some(({ reason }) => reason === "contaminated") ? null : evaluated;
  // With several chains near duplicates are found when these are merged.
  const near = chains === 1 ? deps.near : [];
  /** Checks a label, and counts the tokens of the answers. */
  const verifyBy =
    (check: NonNullable<CreationPlan["check"]>, answer: Chat) => async (example: Example) => {
      let tokens = 0;
      const verify = createVerify({
        ...check,
        async chat(request) {
          const completion = await answer(request);
          const off = check.relabel ? ", or leave labels as created by --relabel off" : "";
          countAnswer(state, completion, check, all, off);
          if (decidesKept(check)) tokens += countReplyTokens(request, completion);
          return completion;
        },
      });
      return { agreement: await verify(example), tokens };
    };
  const verify = check && answer && verifyBy(check, answer);
  const begun = new WeakMap<Candidate, ReturnType<NonNullable<typeof verify>>>();
  return {
    /** Tries what not every server has, before a creation is paid for. @throws what the label check throws */
    async prepare(): Promise<void> {
      if (!verify || check.answers !== "letters") return;
      try {
        const { tokens } = await verify(shape.formatting);
        state.counted += tokens;
      } catch (error) {
        if (!(error instanceof PermanentError && /logprobs/.test(error.message))) throw error;
        throw new ExpectedError(
          `answers by letters: ${error.message}; ask for answers as text, or take a server that gives probabilities, such as llama.cpp's or vLLM`,
        );
      }
    },
    /** Begins the label checks of a reply that came: they take as long as a request. */
    begin(items: readonly ReplyItem[], { seen }: Chain): Promise<unknown>[] {
      return items.flatMap((item) => {
        if (!verify || isRejection(item) || !isValid(item, checks, shape)) return [];
        if (seen.find(item.question) !== null) return [];
        const checked = verify(toExample(item));
        begun.set(item, checked);
        return [checked];
      });
    },
    /** @param asked the request whose reply holds the candidate */
    async judge(candidate: Candidate, { number, seen, accepted }: Chain, asked: PendingRequest) {
      const created = await judgeCandidate(candidate, checks, { shape, seen, near, evaluated });
      if (isRejection(created)) return created;
      const close = await counted?.find(created);
      // What was begun and is not needed counts for nothing: how much that is depends on when replies come.
      const checked = await (begun.get(candidate) ?? verify?.(created));
      asked.tokens += checked?.tokens ?? 0;
      const agreement = checked?.agreement;
      const rejection =
        agreement && judgeAgreement(created, agreement, check?.minAgreement ?? null);
      if (rejection) return rejection;
      const relabels = check?.relabel ?? false;
      const example = relabels && agreement ? relabel(created, agreement) : created;
      if (!quotas.accept(number, toCountedLabel(example, shape.options)))
        return rejectOverQuota(example, agreement);
      const shown: Shown = { example, line: null, depth: asked.shown.depth + 1 };
      accepted.push(shown);
      seen.add(example.question);
      for (const index of near) await index.add(example.question);
      const item = close && { ...close.closeTo, field: close.field, similarity: close.similarity };
      const { readBy } = candidate;
      const more = {
        ...(agreement && { agreement }),
        ...(relabels && { created: toAnswer(created) }),
        ...(item && { closeTo: item }),
        ...(readBy && { readBy }),
      };
      return { shown, more };
    },
  };
}

/** Sets an example aside since enough of its label are kept. */
export function rejectOverQuota(example: Example, agreement: Agreement | undefined): Rejection {
  return reject("over quota", "answer", toAnswer(example), {
    ...(agreement && { similarity: agreement.share }),
    candidate: toCandidate(example),
  });
}
