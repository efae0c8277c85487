import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import type { EncoderConfig } from "./encoder-config.ts";
import { loadParameter } from "./load-values.ts";
import type { Ops, Tensor } from "./ops.ts";
import type { Parameter } from "./parameters.ts";
import type { Weights } from "./weights.ts";

/** Parameters that are never trained. */
export interface FrozenWeights {
  weights: Weights;
  dispose(): void;
}

/**
 * Opens parameters as they stand in a checkpoint, one after the other.
 * @throws ExpectedError naming the tensor that is missing or has another shape
 */
export async function openFrozenWeights(
  { tf }: Ops,
  checkpoint: Checkpoint,
  config: EncoderConfig,
  parameters: readonly Parameter[],
): Promise<FrozenWeights> {
  const held = new Map<string, Tensor>();
  const dispose = () => tf.dispose([...held.values()]);
  try {
    for (const parameter of parameters) {
      const values = await loadParameter(checkpoint, config, parameter);
      held.set(parameter.name, tf.tensor(values, parameter.shape));
    }
  } catch (error) {
    dispose();
    throw error;
  }
  return {
    weights(name) {
      const tensor = held.get(name);
      if (!tensor) throw new RangeError(`no parameter ${name}`);
      return tensor;
    },
    dispose,
  };
}
