/** What is used of `node-llama-cpp` 3.22, an optional peer that is not installed with the rest. */
export interface LlamaModule {
  getLlama: (options: {
    /** Never compiles llama.cpp: a ready-made binary, or an error. */
    build: "never";
    logLevel: "error";
    /** 0: as many as the machine has cores for, and not four at least. */
    maxThreads: number;
  }) => Promise<Llama>;
  LlamaChat: new (options: { contextSequence: Sequence }) => LlamaChat;
}

/** The library, bound to a graphics card or to none. */
export interface Llama {
  gpu: string | false;
  loadModel: (options: { modelPath: string }) => Promise<Model>;
  createGrammarForJsonSchema: (schema: object) => Promise<Grammar>;
  /** Frees its models and their contexts too. */
  dispose: () => Promise<void>;
}

/** A model file, loaded. */
export interface Model {
  tokenizer: Tokenizer;
  createContext: (options: {
    /** How many texts it continues at once. */
    sequences: number;
    /** Tokens of each; fewer where memory or the model allow no more. */
    contextSize: { max: number };
  }) => Promise<Context>;
}

/** What it keeps in mind of the texts that it continues. */
export interface Context {
  contextSize: number;
  getSequence: () => Sequence;
}

/** One of these texts. */
export interface Sequence {
  tokenMeter: { readonly usedOutputTokens: number };
  clearHistory: () => Promise<void>;
}

/** Texts -> token ids, by the model's vocabulary. */
export type Tokenizer = (text: string) => number[];

/** A grammar that a reply is held to. */
export type Grammar = object;

/** A dialogue so far. */
export type History = { type: "system" | "user"; text: string }[];

/** Continues dialogues by the model's chat template. */
export interface LlamaChat {
  chatWrapper: {
    generateContextState: (state: { chatHistory: History }) => {
      contextText: { tokenize: (tokenizer: Tokenizer) => number[] };
    };
  };
  generateResponse: (history: History, options: Sampling) => Promise<Response>;
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
  grammar?: Grammar;
}

/** A reply, reasoning left out. */
export interface Response {
  response: string;
  metadata: { stopReason: string };
}

const name: string = "node-llama-cpp";

/** Loads the library, if it is installed. */
export async function loadLlama(): Promise<LlamaModule> {
  return (await import(name)) as LlamaModule;
}
