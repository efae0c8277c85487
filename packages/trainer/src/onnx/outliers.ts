import type { EncoderConfig } from "../encoder/encoder-config.ts";

/** How many inputs of a product are taken for outliers: of MiniLM two are, of MPNet six. */
const count = 6;

/**
 * Finds an encoder's massive activations (arXiv 2402.17762): a few columns of its hidden states, and the neurons that
 * write into them. As a tensor has one scale in 8 bits, they take the digits of all others (arXiv 2208.07339). No text
 * is needed to find them: training leaves them the largest weights of `down`.
 * @returns indices of inputs, by the names of the products that read them
 */
export function findOutliers(
  { hidden, layers }: Pick<EncoderConfig, "hidden" | "layers">,
  weights: (name: string) => Float32Array,
): Map<string, readonly number[]> {
  const outliers = new Map<string, readonly number[]>();
  const written = new Float32Array(hidden);
  for (let layer = 0; layer < layers; layer++) {
    const down = weights(`layer.${layer}.down.weight`);
    const width = down.length / hidden;
    const read = new Float32Array(width);
    for (let output = 0; output < hidden; output++)
      for (let input = 0; input < width; input++) {
        const size = Math.abs(down[output * width + input] as number);
        if (size > (written[output] as number)) written[output] = size;
        if (size > (read[input] as number)) read[input] = size;
      }
    outliers.set(`layer.${layer}.down`, findLargest(read));
  }
  const columns = findLargest(written);
  for (let layer = 0; layer < layers; layer++)
    for (const product of ["qkv", "up"]) outliers.set(`layer.${layer}.${product}`, columns);
  return outliers;
}

function findLargest(values: Float32Array): number[] {
  const largest = [...values.keys()].sort((a, b) => (values[b] ?? 0) - (values[a] ?? 0));
  return largest.slice(0, count).sort((a, b) => a - b);
}
