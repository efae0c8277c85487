import type { LlamaModule, Sampling } from "../src/llm/llama.ts";

/** What was asked of a made-up library. */
export interface Heard {
  /** Calls that are not a reply: `loadModel /x.gguf`, `clear 0`. */
  calls: string[];
  samplings: Sampling[];
  /** The most replies that were being written at once. */
  mostAtOnce: number;
}

/** How a made-up library behaves. */
export interface Nature {
  /** Tokens of a sequence, whatever is asked for; by default what is asked for. */
  contextSize?: number;
  reply?: (prompt: string, sampling: Sampling) => string | Promise<string>;
  grammars?: boolean;
  gpu?: string;
}

/** A library in memory with the interface of `node-llama-cpp`: a token is a word. */
export function toLlamaModule(nature: Nature = {}): { module: LlamaModule; heard: Heard } {
  const { reply = (prompt, { seed }) => `${seed} ${prompt}`, grammars = true } = nature;
  const heard: Heard = { calls: [], samplings: [], mostAtOnce: 0 };
  let writing = 0;
  let sequences = 0;

  class LlamaChat {
    readonly #sequence: object;

    constructor({ contextSequence }: { contextSequence: object }) {
      this.#sequence = contextSequence;
    }

    chatWrapper = {
      generateContextState: ({
        chatHistory,
      }: {
        chatHistory: { type: string; text: string }[];
      }) => {
        const text = chatHistory.map((one) => `<${one.type}> ${one.text}`).join(" ");
        return {
          contextText: { tokenize: (tokenizer: (text: string) => number[]) => tokenizer(text) },
        };
      },
    };

    async generateResponse(history: { type: string; text: string }[], sampling: Sampling) {
      heard.samplings.push(sampling);
      writing += 1;
      heard.mostAtOnce = Math.max(heard.mostAtOnce, writing);
      const prompt = history.map((one) => `<${one.type}> ${one.text}`).join(" ");
      try {
        await new Promise((resolve) => setTimeout(resolve, 5));
        const words = (await reply(prompt, sampling)).split(" ");
        const said = words.slice(0, sampling.maxTokens);
        (this.#sequence as { used: number }).used += said.length;
        const stopReason = said.length < words.length ? "maxTokens" : "eogToken";
        return { response: said.join(" "), metadata: { stopReason } };
      } finally {
        writing -= 1;
      }
    }
  }

  const toSequence = () => {
    const name = sequences++;
    return {
      used: 0,
      get tokenMeter() {
        return { usedOutputTokens: this.used };
      },
      clearHistory: async () => void heard.calls.push(`clear ${name}`),
    };
  };

  const module: LlamaModule = {
    LlamaChat,
    async getLlama(options) {
      heard.calls.push(`getLlama ${JSON.stringify(options)}`);
      return {
        gpu: nature.gpu ?? false,
        async loadModel({ modelPath }) {
          heard.calls.push(`loadModel ${modelPath}`);
          return {
            tokenizer: (text) => text.split(" ").map((_, i) => i),
            async createContext({ sequences: count, contextSize }) {
              heard.calls.push(`createContext ${count} x ${contextSize.max}`);
              return {
                contextSize: nature.contextSize ?? contextSize.max,
                getSequence: toSequence,
              };
            },
          };
        },
        async createGrammarForJsonSchema(schema) {
          heard.calls.push(`grammar ${JSON.stringify(schema)}`);
          if (!grammars) throw new Error("Unsupported schema");
          return { of: schema };
        },
        dispose: async () => void heard.calls.push("dispose"),
      };
    },
  };
  return { module, heard };
}
