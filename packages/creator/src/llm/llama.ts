/** What is used of `node-llama-cpp` 3.22, an optional peer that is not installed with the rest. */
export interface LlamaModule {
  getLlama: (options: {
    /** Never compiles llama.cpp: a ready-made binary, or an error. */
    build: "never";
    logLevel: "error";
    /** 0: as many as the machine has cores for, and not four at least. */
    maxThreads: number;
  }) => Promise<{
    /** The graphics card that it is bound to. */
    gpu: string | false;
    loadModel: (options: { modelPath: string }) => Promise<LlamaModel>;
    createGrammarForJsonSchema: (schema: object) => Promise<object>;
    /** Frees its models and their contexts too. */
    dispose: () => Promise<void>;
  }>;
  LlamaChat: new (options: { contextSequence: LlamaSequence }) => LlamaChat;
}

/** A model file, loaded. */
interface LlamaModel {
  /** Texts -> token ids. */
  tokenizer: (text: string) => number[];
  createContext: (options: {
    /** How many texts it continues at once. */
    sequences: number;
    /** Tokens of each; fewer where memory or the model allow no more. */
    contextSize: { max: number };
  }) => Promise<{ contextSize: number; getSequence: () => LlamaSequence }>;
}

/** A text that a context continues, as far as it was evaluated. */
interface LlamaSequence {
  tokenMeter: { readonly usedOutputTokens: number };
  clearHistory: () => Promise<void>;
}

/** A dialogue so far. */
type LlamaHistory = { type: "system" | "user"; text: string }[];

/** Continues dialogues by the model's chat template. */
interface LlamaChat {
  chatWrapper: {
    generateContextState: (state: { chatHistory: LlamaHistory }) => {
      contextText: { tokenize: (tokenizer: LlamaModel["tokenizer"]) => number[] };
    };
  };
  /** Replies, reasoning left out. */
  generateResponse: (
    history: LlamaHistory,
    options: Sampling,
  ) => Promise<{ response: string; metadata: { stopReason: string } }>;
}

/** How a reply is drawn. What is left out has a default of the library's own. */
export interface Sampling {
  seed: number;
  temperature: number;
  topP: number;
  topK: number;
  minP: number;
  repeatPenalty: false;
  maxTokens: number;
  /** That the reply must follow. */
  grammar?: object;
}

const name: string = "node-llama-cpp";

/** Loads the library, if it is installed. */
export async function loadLlama(): Promise<LlamaModule> {
  return (await import(name)) as LlamaModule;
}
