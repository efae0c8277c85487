import { join } from "node:path";
import { ReadableStream } from "node:stream/web";
import {
  createFlags,
  creationFiles,
  type Example,
  ExpectedError,
  hashLines,
  makeInside,
  openBackend,
  openLog,
  projectFolders,
  recordingFiles,
  sources,
  toRecord,
  tryFile,
} from "@seedling/core/internal";
import { z } from "zod";
import { createContamination } from "../filters/contamination.ts";
import { createCosineIndex, createTextEncoder } from "../filters/cosine.ts";
import { createMinHashIndex } from "../filters/duplicates.ts";
import type { Chat, Parameters } from "../llm/chat.ts";
import { openJournal, withJournal } from "../llm/journal.ts";
import { createLimits } from "../llm/limits.ts";
import { openChat, systemClock } from "../llm/open-chat.ts";
import type { Rejection } from "../reply/candidate.ts";
import { create } from "./create.ts";
import {
  type CreationDependencies,
  type CreationState,
  createState,
  hasTaken,
  type Lineage,
  type Provenance,
  renderGivenUp,
  renderNothing,
} from "./creation.ts";
import { type CreateExamplesOptions, type CreationPlan, planExamples } from "./creation-options.ts";

/** A created example and where it comes from. */
export interface CreatedExample {
  example: Example;
  lineage: Lineage;
}

/** A creation. It begins when it is iterated, and can be iterated once. */
export interface Creation extends AsyncIterable<CreatedExample> {
  /** How far it is; brought up to date as it goes. */
  readonly state: CreationState;
  /** What was kept so far, in its order. */
  readonly kept: readonly CreatedExample[];
  /** Computes the SHA-256 of each file in `folder`, as it is now, by its name; without a folder: none. */
  hashFiles: () => Record<string, string>;
}

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
  if ((sources[plan.setting].looksAtClassifier || plan.stopWhenFlat) && !options.refit)
    throw new RangeError(
      "refit: expected a function that fits a classifier, with setting feedback or stopWhenFlat",
    );
  const { folder, signal, progress, allowShort = false } = options;
  const state = createState(Boolean(options.evaluated));
  const kept: CreatedExample[] = [];
  let files: ReturnType<typeof openCreationFiles> | null = null;
  let begun = false;

  async function* iterate(): AsyncGenerator<CreatedExample> {
    files = folder === undefined ? null : openCreationFiles(folder);
    const left = new AbortController();
    let running = Promise.resolve();
    const examples = new ReadableStream<CreatedExample>({
      start(queue) {
        running = carryOut(options, plan, state, {
          keep(example, lineage) {
            files?.keep(example, lineage);
            kept.push({ example, lineage });
            queue.enqueue({ example, lineage });
          },
          reject: (rejection, provenance) => files?.reject(rejection, provenance),
          progress: (now) => progress?.(now),
          signal: signal ? AbortSignal.any([signal, left.signal]) : left.signal,
        }).finally(() => {
          files?.close();
          queue.close();
        });
        // Whoever iterates may be busy when it fails, and meets the failure afterwards.
        running.catch(() => {});
      },
    });
    try {
      yield* examples.values({ preventCancel: true });
      await running;
    } finally {
      left.abort();
      await running.catch(() => {});
    }
    if (kept.length === 0 && hasTaken(plan, state))
      throw new ExpectedError(
        `--tokens ${plan.tokens}: expected enough for an example: ${renderNothing(state)}`,
      );
    if (state.gaveUp && !allowShort)
      throw new ExpectedError(
        `${renderGivenUp(plan, state)}${kept.length > 0 ? "; allowShort ends with these" : ""}`,
      );
  }

  return {
    state,
    kept,
    hashFiles: () => files?.hash() ?? {},
    [Symbol.asyncIterator]() {
      if (begun) throw new Error("a creation can be iterated once");
      begun = true;
      return iterate();
    },
  };
}

/** Opens what a creation works with, creates, and closes it again. */
async function carryOut(
  options: CreateExamplesOptions,
  plan: CreationPlan,
  state: CreationState,
  deps: Pick<CreationDependencies, "keep" | "reject" | "progress" | "signal">,
): Promise<void> {
  const { folder, journal: wanted = true, concurrency = 16, log = () => {} } = options;
  const { nearOverlap: overlap = 0.7, nearCosine: cosine = null, evaluated } = options;
  const encoder = createTextEncoder({
    encoder: options.similarityEncoder ?? (createFlags.similarityEncoder.initial as string),
    maxLength: 384,
    hasFlags: false,
    cacheDir: options.vectorCache ?? null,
    modelsDir: options.cache ?? projectFolders.models,
    backend: () => openBackend({ force: "wasm" }),
    log,
    fetch: options.fetch ?? globalThis.fetch,
    env: options.env ?? {},
  });
  const { embedOne, similarities } = encoder;
  const journal =
    wanted && folder !== undefined ? openJournal(join(folder, recordingFiles.journal), log) : null;
  // Chats with one server share its limits.
  const { maxWait } = typeof options.chat === "function" ? {} : options.chat;
  const limits = createLimits({ concurrency, maxWait, clock: systemClock, log });
  const open = (chat: CreateExamplesOptions["chat"], parameters: Parameters): Chat => {
    const asking =
      typeof chat === "function" ? chat : openChat({ ...chat, ...parameters, limits, log });
    return journal ? withJournal(asking, journal, []) : asking;
  };
  try {
    if (evaluated && cosine !== null) {
      const n = evaluated.reduce((sum, { examples }) => sum + examples.length, 0);
      log(`  encoding ${n} dev and test questions to compare by cosine`);
    }
    const near = options.reject?.includes("near-duplicate")
      ? [
          createMinHashIndex(overlap),
          ...(cosine === null ? [] : [createCosineIndex(cosine, embedOne)]),
        ]
      : [];
    const contamination =
      evaluated && (await createContamination(evaluated, { overlap, cosine, embedOne }));
    // One that is not there is an error before anything is paid for. Of one example none is chosen.
    const choosesByIt = sources[plan.setting].comparesQuestions && plan.target > 1;
    if (choosesByIt || near.length > 1) await encoder.open();
    await create(
      plan,
      {
        ...deps,
        chat: open(options.chat, plan.parameters),
        answer: plan.check && open(options.verify?.chat ?? options.chat, plan.check.parameters),
        refit: options.refit ?? null,
        log,
        similarities,
        near,
        evaluated: contamination ?? null,
        concurrency,
      },
      state,
    );
  } finally {
    await encoder.close();
    journal?.close();
  }
}

/**
 * Opens a creation's files, empty: what is kept is written anew from the journal.
 * @throws ExpectedError, as `keep` and `reject` do, where nothing can be written
 */
export function openCreationFiles(folder: string) {
  tryFile("write", `in ${folder}`, () => makeInside(folder));
  const names = Object.values(creationFiles);
  const open = (name: string) =>
    openLog(join(folder, name), z.looseObject({}), { holds: "a record", mode: "new" });
  const created = open(creationFiles.created);
  const lineages = open(creationFiles.lineage);
  const rejected = open(creationFiles.rejected);
  return {
    /** Writes a kept example with its lineage. */
    keep(example: Example, lineage: Lineage) {
      // A lineage without its example is passed over; an example without its lineage is not.
      lineages.append({ ...lineage });
      created.append({ ...toRecord(example) });
    },
    reject: (rejection: Rejection, provenance: Provenance) =>
      void rejected.append({ ...provenance, ...rejection }),
    /** Computes each file's SHA-256, by its name. */
    hash: (): Record<string, string> =>
      Object.fromEntries(names.map((name) => [name, hashLines(join(folder, name))])),
    close() {
      for (const file of [created, lineages, rejected]) file.close();
    },
  };
}
