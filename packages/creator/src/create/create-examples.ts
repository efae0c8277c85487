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
import type { Chat } from "../llm/chat.ts";
import { openJournal, withJournal } from "../llm/journal.ts";
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
  const left = new AbortController();
  const chats = openChats(options, plan, state);
  const compared = await openComparisons(options).catch((error) => {
    chats.close();
    files.close();
    throw error;
  });
  const { close, ...comparisons } = compared;
  const kept: CreatedExample[] = [];
  let wake = () => {};
  let over = false;
  const running = create(
    plan,
    {
      ...comparisons,
      chat: chats.chat,
      verify: chats.verify,
      concurrency,
      ...files,
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
  running.catch(() => {}); // It is awaited below.
  try {
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
    left.abort();
    await running.catch(() => {});
    await chats.idle();
    chats.close();
    files.close();
    await close();
  }
}

/** Opens the chats of the creation and of its label check, with the journal of its folder. */
function openChats(options: CreateExamplesOptions, plan: CreationPlan, state: CreationState) {
  const { folder, journal: wanted = folder !== undefined, verify: check, log = () => {} } = options;
  const journal =
    wanted && folder !== undefined ? openJournal(join(folder, recordingFiles.journal), log) : null;
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
  const answer: Chat = async (request) => {
    const completion = await wrap(check?.chat ?? options.chat)(request);
    addReply(state.checking, completion);
    state.checking.replies += 1;
    return completion;
  };
  const verify: Verify | null = check
    ? createVerify({
        chat: answer,
        times: check.times,
        parameters: answerParameters(plan.parameters, check.model ?? null),
        seed: plan.seed,
        about: options.about ?? null,
      })
    : null;
  return {
    chat: wrap(options.chat),
    verify,
    async idle() {
      while (out.size > 0) await Promise.all(out);
    },
    close: () => journal?.close(),
  };
}

/** Opens what candidates are compared with: kept examples, what is evaluated on, and an encoder for both. */
async function openComparisons(options: CreateExamplesOptions) {
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
  if (evaluated && nearCosine !== null) {
    const n = evaluated.reduce((sum, { examples }) => sum + examples.length, 0);
    log(`  encoding ${n} dev and test questions for --near-cosine`);
  }
  try {
    return {
      near: indices.length > 0 ? combineIndices(indices) : null,
      evaluated: evaluated
        ? await createContamination(evaluated, {
            overlap: nearOverlap,
            cosine: nearCosine,
            embedOne,
          })
        : null,
      similarities: createSimilarities(embed),
      close: embed.close,
    };
  } catch (error) {
    await embed.close();
    throw error;
  }
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
