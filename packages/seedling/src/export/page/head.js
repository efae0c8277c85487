// A head on vectors, as its numbers lie in one file.

/** @typedef {{ inputs: number, outputs: number, weight: Float32Array, bias: Float32Array | null }} Layer */

/**
 * Creates what scores a vector: a linear head, or a dense layer with ReLU before it.
 * @param {import("@seedling/trainer/internal").HeadShape} shape
 * @param {Uint8Array<ArrayBuffer>} file layer by layer the weight, [inputs, outputs], then the bias, 32-bit floats
 */
export function createHead({ dimensions, hidden, outputs, temperature }, file) {
  const numbers = new Float32Array(file.buffer);
  let at = 0;
  const take = (/** @type {number} */ n) => {
    at += n;
    return numbers.subarray(at - n, at);
  };
  /** @returns {Layer} */
  const takeLayer = (
    /** @type {number} */ inputs,
    /** @type {number} */ width,
    hasBias = true,
  ) => ({
    inputs,
    outputs: width,
    weight: take(inputs * width),
    bias: hasBias ? take(width) : null,
  });
  const dense = hidden === null ? null : takeLayer(dimensions, hidden);
  // A choice's output has no bias.
  const output = takeLayer(hidden ?? dimensions, outputs, outputs > 1);
  return (/** @type {Float32Array} */ vector) => {
    const last = dense ? apply(dense, vector).map((x) => Math.max(0, x)) : vector;
    return Array.from(apply(output, last), (score) => score / temperature);
  };
}

/**
 * @param {Layer} layer
 * @param {Float32Array} x
 */
function apply({ outputs, weight, bias }, x) {
  const y = bias ? bias.slice() : new Float32Array(outputs);
  for (const [row, value] of x.entries())
    if (value !== 0)
      for (let column = 0; column < outputs; column++)
        y[column] = (y[column] ?? 0) + value * (weight[row * outputs + column] ?? 0);
  return y;
}
