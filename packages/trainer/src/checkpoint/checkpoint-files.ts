/** Names of the hub's files. */
export const checkpointFiles = {
  config: "config.json",
  tokenizer: "tokenizer.json",
  tokenizerConfig: "tokenizer_config.json",
  specialTokens: "special_tokens_map.json",
  weights: "model.safetensors",
  index: "model.safetensors.index.json",
} as const;
