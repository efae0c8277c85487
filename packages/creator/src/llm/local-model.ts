import { basename } from "node:path";
import { ExpectedError, toMessage } from "@seedling/core/internal";
import {
  type Chat,
  type ChatRequest,
  type Clock,
  type Completion,
  computeReplyLimit,
  originalContext,
  type Parameters,
} from "./chat.ts";
import { createLimits } from "./limits.ts";
import type { LlamaModule } from "./llama.ts";

/** What a model in this process needs. */
export interface LocalModelOptions {
  /** The GGUF file. */
  file: string;
  /** Requests at once; no more than `mostAtOnce` are. */
  concurrency: number;
  load: () => Promise<LlamaModule>;
  clock: Clock;
  log: (line: string) => void;
}

/** Each request in flight takes memory for a whole prompt and reply. */
const mostAtOnce = 8;

/** Tokens that a prompt may have besides a reply of a fixed limit. */
const promptRoom = 2048;

/**
 * Opens a GGUF file in this process through `node-llama-cpp`, with the model's own chat template and no
 * sampling but what the parameters say. It is loaded on the first request. Each request starts from
 * an empty context, so a reply depends on no other one, but for the rounding of those that are
 * evaluated together. Close it.
 * @returns chat: gives a chat for parameters, which throws ExpectedError if the library is not installed or
 *   cannot load the file
 */
export function openLocalModel(options: LocalModelOptions) {
  const { clock, log } = options;
  const concurrency = Math.min(options.concurrency, mostAtOnce);
  let longest = 0;
  let loaded: ReturnType<typeof loadModel> | null = null;
  return {
    /** Limits of all its chats, which they are to be wrapped in. */
    limits: createLimits({ concurrency, clock, log }),
    chat(parameters: Parameters): Chat {
      const { maxTokens } = parameters;
      longest = Math.max(
        longest,
        maxTokens === "original" ? originalContext : maxTokens + promptRoom,
      );
      return async (request) => {
        loaded ??= loadModel({ ...options, concurrency }, longest);
        return answer(request, parameters, await loaded, options);
      };
    },
    async close() {
      await loaded?.then(({ llama }) => llama.dispose()).catch(() => {});
    },
  };
}

async function loadModel(options: LocalModelOptions, longest: number) {
  const { file, concurrency, clock, log } = options;
  const start = clock.now();
  const { getLlama, LlamaChat } = await loadLibrary(options);
  try {
    const llama = await getLlama({ build: "never", logLevel: "error", maxThreads: 0 });
    const model = await llama.loadModel({ modelPath: file });
    const context = await model.createContext({
      sequences: concurrency,
      contextSize: { max: longest },
    });
    const slots = Array.from({ length: concurrency }, () => {
      const sequence = context.getSequence();
      return { sequence, chat: new LlamaChat({ contextSequence: sequence }) };
    });
    const { contextSize } = context;
    log(
      `${basename(file)} is in memory after ${((clock.now() - start) / 1000).toFixed(1)} s, on ${llama.gpu || "the CPU"}: ${concurrency} requests at once, ${contextSize} tokens each`,
    );
    const grammars = new Map<string, Promise<object | null>>();
    /** Creates a schema's grammar once; null, with a log line, where it cannot be created. */
    const findGrammar = (schema: object): Promise<object | null> => {
      const name = JSON.stringify(schema);
      const grammar =
        grammars.get(name) ??
        llama.createGrammarForJsonSchema(schema).catch((error: unknown) => {
          log(`no grammar for this schema (${toMessage(error)}); going on without a JSON schema`);
          return null;
        });
      grammars.set(name, grammar);
      return grammar;
    };
    return { llama, model, contextSize, slots, findGrammar };
  } catch (error) {
    throw new ExpectedError(`cannot load ${file}: ${toMessage(error)}`, { cause: error });
  }
}

async function answer(
  request: ChatRequest,
  parameters: Parameters,
  { model, contextSize, slots, findGrammar }: Awaited<ReturnType<typeof loadModel>>,
  { file, clock }: LocalModelOptions,
): Promise<Completion> {
  const { messages, schema, seed } = request;
  const { model: name, temperature, topP } = parameters;
  const slot = slots.pop();
  if (!slot) throw new Error("more requests at once than the limits allow");
  try {
    const { chat, sequence } = slot;
    const history = messages.map(({ role, content }) => ({ type: role, text: content }));
    const { contextText } = chat.chatWrapper.generateContextState({ chatHistory: history });
    const promptTokens = contextText.tokenize(model.tokenizer).length;
    const limit = computeReplyLimit(request, parameters);
    const maxTokens = Math.min(limit, contextSize - promptTokens - 1);
    if (maxTokens < 1)
      throw new ExpectedError(
        `${basename(file)}: expected a prompt of ${contextSize - 2} tokens at most, got ${promptTokens}`,
      );
    const grammar = schema ? await findGrammar(schema) : null;
    const start = clock.now();
    await sequence.clearHistory();
    const before = sequence.tokenMeter.usedOutputTokens;
    const { response, metadata } = await chat.generateResponse(history, {
      ...{ seed, temperature, topP, topK: 0, minP: 0, repeatPenalty: false, maxTokens },
      ...(grammar && { grammar }),
    });
    return {
      text: response,
      finishReason: metadata.stopReason === "maxTokens" ? "length" : "stop",
      refusal: null,
      usage: { promptTokens, completionTokens: sequence.tokenMeter.usedOutputTokens - before },
      model: name,
      ms: Math.max(1, clock.now() - start),
      at: new Date(clock.now()).toISOString(),
      adapted: schema && !grammar ? ["without a JSON schema"] : [],
    };
  } finally {
    slots.push(slot);
  }
}

async function loadLibrary({ file, load }: LocalModelOptions): Promise<LlamaModule> {
  try {
    return await load();
  } catch (error) {
    const missing = /MODULE_NOT_FOUND/.test(String((error as NodeJS.ErrnoException).code));
    throw new ExpectedError(
      missing
        ? `expected node-llama-cpp for ${file}: npm install --no-save node-llama-cpp@3 (725 MB)`
        : `node-llama-cpp cannot be loaded: ${toMessage(error)}`,
      { cause: error },
    );
  }
}
