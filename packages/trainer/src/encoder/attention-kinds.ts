import { ExpectedError } from "@seedling/core/internal";
import { z } from "zod";

/** How the tokens of a layer see each other. */
export interface AttentionKind {
  /** How many tokens to each side a token sees; null: all. */
  window: number | null;
  /** The base of the rotary positions' wavelengths; null: positions are not rotary. */
  ropeTheta: number | null;
}

const kind = z.enum(["full_attention", "sliding_attention"]);
const positive = z.number().positive();
/** Positions that are scaled, as YaRN's, have another type or further keys. */
const rope = z
  .strictObject({ rope_type: z.literal("default").nullish(), rope_theta: positive.nullish() })
  .nullish();
const ropes = z.strictObject({ full_attention: rope, sliding_attention: rope }).nullish();

/**
 * Parses each layer's kind of attention of a ModernBERT: today's keys are `layer_types` and `rope_parameters`, those
 * of the published files `global_attn_every_n_layers`, `global_rope_theta` and `local_rope_theta`.
 * @param take reads a key of config.json, or throws
 * @param path of the file, for errors
 * @returns one object for all layers of a kind
 * @throws ExpectedError if a key has a value that is not supported, or two contradict each other
 */
export function parseAttentionKinds(
  take: <T>(key: string, type: z.ZodType<T>) => T,
  layers: number,
  path: string,
): AttentionKind[] {
  const refuse = (key: string, expected: unknown, other: string, got: unknown) => {
    throw new ExpectedError(`${path}: ${key}: expected ${expected}, as ${other}, got ${got}`);
  };
  take(
    "rope_scaling",
    z.null({ error: "expected null: scaled positions are not supported" }).optional(),
  );
  const parameters = take("rope_parameters", ropes);
  const takeTheta = (of: z.infer<typeof kind>, oldKey: string, usual: number) => {
    const today = parameters?.[of]?.rope_theta;
    const old = take(oldKey, positive.nullish());
    if (today && old && today !== old)
      refuse(`rope_parameters.${of}.rope_theta`, old, `${oldKey} says`, today);
    return today ?? old ?? usual;
  };
  const fullTheta = takeTheta("full_attention", "global_rope_theta", 160_000);
  // The older form means the other kind's by null.
  const usual = take("local_rope_theta", positive.nullish()) === null ? fullTheta : 10_000;
  const kinds: Record<z.infer<typeof kind>, AttentionKind> = {
    full_attention: { window: null, ropeTheta: fullTheta },
    sliding_attention: {
      window: Math.floor(take("local_attention", z.int().positive().default(128)) / 2),
      ropeTheta: takeTheta("sliding_attention", "local_rope_theta", usual),
    },
  };

  const every = take("global_attn_every_n_layers", z.int().positive().nullish());
  const types = take("layer_types", z.array(kind).nullish());
  if (types && types.length !== layers)
    refuse("layer_types", layers, "num_hidden_layers says", types.length);
  return Array.from({ length: layers }, (_, layer) => {
    const byNumber = layer % (every ?? 3) === 0 ? "full_attention" : "sliding_attention";
    const type = types?.[layer] ?? byNumber;
    if (every && type !== byNumber)
      refuse(`layer_types.${layer}`, byNumber, `global_attn_every_n_layers ${every} says`, type);
    return kinds[type];
  });
}
