import { join } from "node:path";
import {
  type Example,
  ExpectedError,
  openBackend,
  projectFolders,
  recordingFiles,
} from "@seedling/core/internal";
import { createContamination } from "../filters/contamination.ts";
import {
  createCosineIndex,
  createEmbedOne,
  createLazyEmbed,
  createSimilarities,
} from "../filters/cosine.ts";
import { createMinHashIndex } from "../filters/duplicates.ts";
import { createVerify, type Verify } from "../filters/verify.ts";
import type { Chat, Parameters } from "../llm/chat.ts";
import { openJournal, withJournal } from "../llm/journal.ts";
import { createLimits } from "../llm/limits.ts";
import { openChat, systemClock } from "../llm/open-chat.ts";
import { answerParameters } from "../prompt/answer-prompt.ts";
import { create } from "./create.ts";
import type { CreationPlan, Lineage, NearDuplicates } from "./creation.ts";
import { type CreationFiles, createMemoryFiles, openCreationFiles } from "./creation-files.ts";
import { type CreateExamplesOptions, planExamples } from "./creation-options.ts";
import { addReply, type CreationState, createState, renderGivenUp } from "./creation-state.ts";

/** A created example and where it comes from. */
export interface CreatedExample {
  example: Example;
  lineage: Lineage;
}

/** A creation. It begins when it is iterated, and can be iterated once. */
export interface Creation extends AsyncIterable<CreatedExample> {
  /** How far it is; brought up to date as it goes. */
  readonly state: CreationState;
  /** Reads what was kept so far in its order, each example with the number of requests that led to it. */
  entries: () => Iterable<{ example: Example; depth: number }>;
  /** Computes the SHA-256 of each file in `folder`, as it is now, by its name; without a folder: none. */
  hashFiles: () => Record<string, string>;
}

/** The encoder that texts are compared by where nothing else is said. */
const usualEncoder = "Xenova/all-mpnet-base-v2";

/**
 * Creates labelled examples from one formatting example with a language model: an async iterable of
 * `{ example, lineage }`, in an order that depends on the options and the replies alone, never on
 * `concurrency`. An example's `label` is an index into its `options`. Whoever stops iterating early
 * stops the creation: replies that are out are waited for. Nothing is left open behind it.
 * @throws RangeError for options without a meaning; (while iterating) what `chat` throws, the signal's
 *   reason, and ExpectedError where nothing can be written or, but with `allowShort`, where it gives up
 */
export function createExamples(options: CreateExamplesOptions): Creation {
  const plan = planExamples(options);
  const evaluated = options.evaluated ?? null;
  const state = createState(evaluated !== null);
  let files: CreationFiles | null = null;

  return {
    state,
    entries: () => files?.entries() ?? [],
    hashFiles: () => files?.hash() ?? {},
    [Symbol.asyncIterator]() {
      if (files) throw new Error("a creation can be iterated once");
      const { folder } = options;
      files = folder === undefined ? createMemoryFiles() : openCreationFiles(folder);
      return iterate(plan, options, files, state);
    },
  };
}

async function* iterate(
  plan: CreationPlan,
  options: CreateExamplesOptions,
  files: CreationFiles,
  state: CreationState,
): AsyncGenerator<CreatedExample> {
  const { signal, progress = () => {}, concurrency = 16, allowShort = false } = options;
  const closers: (() => void | Promise<void>)[] = [files.close];
  const kept: CreatedExample[] = [];
  let wake = () => {};
  let over = false;
  try {
    const { idle, close, ...chats } = openChats(options, plan, state);
    closers.push(close);
    const { close: closeEncoder, ...comparisons } = openComparisons(options);
    closers.push(closeEncoder);
    const evaluated = await comparisons.evaluated();
    const left = new AbortController();
    const running = create(
      plan,
      {
        ...comparisons,
        ...chats,
        ...files,
        evaluated,
        concurrency,
        keep(example, lineage) {
          const line = files.keep(example, lineage);
          kept.push({ example, lineage });
          return line;
        },
        progress(now) {
          progress(now);
          wake();
        },
        signal: signal ? AbortSignal.any([signal, left.signal]) : left.signal,
      },
      state,
    ).finally(() => {
      over = true;
      wake();
    });
    // Whoever iterates may be busy when it fails, and meets the failure afterwards.
    running.catch(() => {});
    closers.push(async () => {
      left.abort();
      await running.catch(() => {});
      await idle();
    });
    while (!over || kept.length > 0) {
      yield* kept.splice(0);
      if (!over && kept.length === 0)
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
    }
    await running;
    if (state.gaveUp && !allowShort)
      throw new ExpectedError(`${renderGivenUp(plan, state)}; allowShort ends with these`);
  } finally {
    for (const close of closers.reverse()) await close();
  }
}

/** Opens the chats of the creation and of its label check, with the journal of its folder. */
function openChats(options: CreateExamplesOptions, plan: CreationPlan, state: CreationState) {
  const { folder, journal: wanted = folder !== undefined, verify: check, log = () => {} } = options;
  const journal =
    wanted && folder !== undefined ? openJournal(join(folder, recordingFiles.journal), log) : null;
  const open = createOpener(options);
  const out = new Set<Promise<unknown>>();
  /** Answers from the journal first, and remembers what is out: a label check may outlive the need for it. */
  const wrap = (chat: Chat): Chat => {
    const journalled = journal ? withJournal(chat, journal, []) : chat;
    return (request) => {
      const reply = journalled(request);
      const arrived = reply.catch(() => {}).finally(() => out.delete(arrived));
      out.add(arrived);
      return reply;
    };
  };
  const counting =
    (chat: Chat): Chat =>
    async (request) => {
      const completion = await chat(request);
      addReply(state.checking, completion);
      state.checking.replies += 1;
      return completion;
    };
  const parameters = answerParameters(plan.parameters, check?.model ?? null);
  const verify: Verify | null = check
    ? createVerify({
        chat: counting(wrap(check.chat ?? open(parameters))),
        times: check.times,
        parameters,
        seed: plan.seed,
        about: options.about ?? null,
      })
    : null;
  return {
    chat: wrap(open(plan.parameters)),
    verify,
    async idle() {
      while (out.size > 0) await Promise.all(out);
    },
    close: () => journal?.close(),
  };
}

/** Creates what opens a chat with these parameters; chats with one server share its limits. */
function createOpener({ chat, concurrency = 16, log = () => {} }: CreateExamplesOptions) {
  if (typeof chat === "function") return () => chat;
  const limits = createLimits({ concurrency, clock: systemClock, log });
  return (parameters: Parameters): Chat => openChat({ ...chat, ...parameters, limits, log });
}

/** Opens what candidates are compared with: kept examples, what is evaluated on, and an encoder for both. */
function openComparisons(options: CreateExamplesOptions) {
  const { nearOverlap = 0.7, nearCosine = null, evaluated, log = () => {} } = options;
  const embed = createLazyEmbed({
    encoder: options.similarityEncoder ?? usualEncoder,
    maxLength: 384,
    cacheDir: null,
    modelsDir: options.cache ?? projectFolders.models,
    backend: () => openBackend({ force: "wasm" }),
    log,
  });
  const embedOne = createEmbedOne(embed);
  const indices: NearDuplicates[] = [];
  if (options.reject?.includes("near-duplicate")) {
    indices.push(createMinHashIndex(nearOverlap));
    if (nearCosine !== null) indices.push(createCosineIndex(nearCosine, embedOne));
  }
  return {
    near: indices.length > 0 ? combineIndices(indices) : null,
    similarities: createSimilarities(embed),
    async evaluated() {
      if (!evaluated) return null;
      if (nearCosine !== null) {
        const n = evaluated.reduce((sum, { examples }) => sum + examples.length, 0);
        log(`  encoding ${n} dev and test questions to compare by cosine`);
      }
      return createContamination(evaluated, { overlap: nearOverlap, cosine: nearCosine, embedOne });
    },
    close: embed.close,
  };
}

/** Combines indices: what the first finds, else what the next does. */
function combineIndices(indices: readonly NearDuplicates[]): NearDuplicates {
  return {
    async find(example) {
      for (const index of indices) {
        const close = await index.find(example);
        if (close) return close;
      }
      return null;
    },
    async add(example, line) {
      for (const index of indices) await index.add(example, line);
    },
  };
}
