import { basename } from "node:path";
import { ExpectedError, toMessage } from "@seedling/core/internal";
import type { Chat, ChatRequest, Completion, Parameters } from "./chat.ts";
import type { LlamaGrammar, LlamaModule } from "./llama.ts";

/** What a model in this process needs. */
export interface LocalModelOptions {
  /** The GGUF file. */
  file: string;
  /** Requests at once; no more than `mostAtOnce` are. */
  concurrency: number;
  load: () => Promise<LlamaModule>;
  now: () => number;
  log: (line: string) => void;
}

/** Each request in flight takes memory for a whole prompt and reply. */
const mostAtOnce = 8;

/** Tokens that a prompt may have besides the longest reply. */
const promptRoom = 2048;

/**
 * Opens a GGUF file in this process through `node-llama-cpp`, with the model's own chat template and no
 * sampling but what the parameters say. It is loaded on the first request. Each request starts from
 * an empty context, so a reply depends on no other one, but for the rounding of those that are
 * evaluated together. Close it.
 * @returns gives a chat for parameters, which throws ExpectedError if the library is not installed or
 *   cannot load the file
 */
export function openLocalModel(options: LocalModelOptions) {
  let longest = 0;
  let loaded: ReturnType<typeof loadModel> | null = null;
  return {
    chat(parameters: Parameters): Chat {
      longest = Math.max(longest, parameters.maxTokens);
      return async (request) => {
        loaded ??= loadModel(options, longest);
        return answer(request, parameters, await loaded, options);
      };
    },
    async close() {
      await loaded?.then(({ llama }) => llama.dispose()).catch(() => {});
    },
  };
}

async function loadModel(options: LocalModelOptions, longest: number) {
  const { file, concurrency, now, log } = options;
  const start = now();
  const { getLlama, LlamaChat } = await loadLibrary(options);
  try {
    const llama = await getLlama({ build: "never", logLevel: "error", maxThreads: 0 });
    const model = await llama.loadModel({ modelPath: file });
    const sequences = Math.min(concurrency, mostAtOnce);
    const max = longest + promptRoom;
    const context = await model.createContext({ sequences, contextSize: { max } });
    const slots = Array.from({ length: sequences }, () => {
      const sequence = context.getSequence();
      return { sequence, chat: new LlamaChat({ contextSequence: sequence }) };
    });
    const { contextSize } = context;
    log(
      `${basename(file)} is in memory after ${((now() - start) / 1000).toFixed(1)} s, on ${llama.gpu || "the CPU"}: ${sequences} requests at once, ${contextSize} tokens each`,
    );
    const findGrammar = createGrammars(llama.createGrammarForJsonSchema.bind(llama), log);
    return { llama, model, contextSize, withSlot: createPool(slots), findGrammar };
  } catch (error) {
    throw new ExpectedError(`cannot load ${file}: ${toMessage(error)}`, { cause: error });
  }
}

async function answer(
  request: ChatRequest,
  parameters: Parameters,
  { model, contextSize, withSlot, findGrammar }: Awaited<ReturnType<typeof loadModel>>,
  { file, now }: LocalModelOptions,
): Promise<Completion> {
  return withSlot(async ({ chat, sequence }) => {
    const history = request.messages.map(({ role, content }) => ({ type: role, text: content }));
    const { contextText } = chat.chatWrapper.generateContextState({ chatHistory: history });
    const promptTokens = contextText.tokenize(model.tokenizer).length;
    const maxTokens = Math.min(parameters.maxTokens, contextSize - promptTokens - 1);
    if (maxTokens < 1)
      throw new ExpectedError(
        `${basename(file)}: expected a prompt of ${contextSize - 2} tokens at most, got ${promptTokens}`,
      );
    const grammar = request.schema ? await findGrammar(request.schema) : null;
    const start = now();
    await sequence.clearHistory();
    const before = sequence.tokenMeter.usedOutputTokens;
    const { response, metadata } = await chat.generateResponse(history, {
      seed: request.seed,
      temperature: parameters.temperature,
      topP: parameters.topP,
      ...{ topK: 0, minP: 0, repeatPenalty: false, maxTokens },
      ...(grammar && { grammar }),
    });
    return {
      text: response,
      finishReason: metadata.stopReason === "maxTokens" ? "length" : "stop",
      refusal: null,
      usage: { promptTokens, completionTokens: sequence.tokenMeter.usedOutputTokens - before },
      model: parameters.model,
      ms: Math.max(1, now() - start),
      at: new Date(now()).toISOString(),
      adapted: request.schema && !grammar ? ["without a JSON schema"] : [],
    };
  });
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

/** Lends slots in the order of asking. */
function createPool<S>(slots: readonly S[]) {
  const free = [...slots];
  const waiting: ((slot: S) => void)[] = [];
  return async <T>(work: (slot: S) => Promise<T>): Promise<T> => {
    const slot = free.pop() ?? (await new Promise<S>((resolve) => waiting.push(resolve)));
    try {
      return await work(slot);
    } finally {
      const next = waiting.shift();
      if (next) next(slot);
      else free.push(slot);
    }
  };
}

/** Creates a schema's grammar once; null, with a log line, where it cannot be created. */
function createGrammars(
  create: (schema: object) => Promise<LlamaGrammar>,
  log: (line: string) => void,
) {
  const made = new Map<string, Promise<LlamaGrammar | null>>();
  return (schema: object): Promise<LlamaGrammar | null> => {
    const name = JSON.stringify(schema);
    const grammar =
      made.get(name) ??
      create(schema).catch((error: unknown) => {
        log(`no grammar for this schema (${toMessage(error)}); going on without a JSON schema`);
        return null;
      });
    made.set(name, grammar);
    return grammar;
  };
}
