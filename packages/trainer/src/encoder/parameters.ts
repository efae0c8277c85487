import type { EncoderConfig } from "./encoder-config.ts";

/** One parameter: its name here, its shape, and the hub's parts that make it, one under the other. */
export interface Parameter {
  name: string;
  shape: number[];
  /** Names within the encoder; their rows, stacked, are the parameter's. */
  hub: string[];
}

/**
 * The layer of a parameter: -1 for what the lowest layer already needs (the embeddings, and a position
 * bias that all layers share), the greatest number for what is above all layers.
 */
export function findLayer(name: string): number {
  const [, layer] = /^layer\.(\d+)\./.exec(name) ?? [];
  if (layer !== undefined) return Number(layer);
  return name.startsWith("head.") ? Number.MAX_SAFE_INTEGER : -1;
}

/** An encoder's parameters, from the lowest up. Queries, keys and values are one matrix here. */
export function listParameters(config: EncoderConfig): Parameter[] {
  const { family, hidden, inner, layers, heads, relativeBuckets } = config;
  const norm = (name: string, hub: string) => pair(name, hub, [hidden], [hidden]);
  const all: Parameter[] = [
    one("embeddings.words", "embeddings.word_embeddings.weight", [config.vocabulary, hidden]),
    one("embeddings.positions", "embeddings.position_embeddings.weight", [
      config.maxPositions + config.positionOffset,
      hidden,
    ]),
    ...(family.tokenTypes
      ? [
          one("embeddings.types", "embeddings.token_type_embeddings.weight", [
            config.typeCount,
            hidden,
          ]),
        ]
      : []),
    ...norm("embeddings.norm", "embeddings.LayerNorm"),
  ];
  for (let layer = 0; layer < layers; layer++) {
    const own = `layer.${layer}`;
    const hub = (part: keyof typeof family.names) =>
      `${family.layers}.${layer}.${family.names[part]}`;
    const joined = [hub("query"), hub("key"), hub("value")];
    all.push(
      {
        name: `${own}.qkv.weight`,
        shape: [3 * hidden, hidden],
        hub: joined.map((part) => `${part}.weight`),
      },
      { name: `${own}.qkv.bias`, shape: [3 * hidden], hub: joined.map((part) => `${part}.bias`) },
      ...pair(`${own}.out`, hub("out"), [hidden, hidden], [hidden]),
      ...norm(`${own}.attentionNorm`, hub("attentionNorm")),
      ...pair(`${own}.up`, hub("up"), [inner, hidden], [inner]),
      ...pair(`${own}.down`, hub("down"), [hidden, inner], [hidden]),
      ...norm(`${own}.outputNorm`, hub("outputNorm")),
    );
  }
  if (family.relativeBias !== null)
    all.push(one("relativeBias", `${family.relativeBias}.weight`, [relativeBuckets, heads]));
  return all;
}

function one(name: string, hub: string, shape: number[]): Parameter {
  return { name, shape, hub: [hub] };
}

function pair(name: string, hub: string, weight: number[], bias: number[]): Parameter[] {
  return [one(`${name}.weight`, `${hub}.weight`, weight), one(`${name}.bias`, `${hub}.bias`, bias)];
}
