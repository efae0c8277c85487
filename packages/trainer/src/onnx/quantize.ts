/** A matrix in 8 bits: each number is its value times its row's or column's scale. */
interface Quantized {
  values: Int8Array;
  scales: Float32Array;
}

/** Quantises a matrix row by row. @param values [rows, columns] @returns as many scales as rows */
export function quantizeRows(values: Float32Array, rows: number): Quantized {
  return quantize(values, rows, (x) => Math.abs(x));
}

/**
 * Quantises a dense layer's weight and transposes it. Processors without VNNI add the products of two neighbours, of an
 * input up to 255 each, in 16 bits and cut off what is beyond: two neighbours are at most 128 together.
 * @param values [outputs, inputs], as PyTorch has it
 * @returns [inputs, outputs], with a scale for each output
 */
export function quantizeDense(values: Float32Array, outputs: number): Quantized {
  const { values: own, scales } = quantize(
    values,
    outputs,
    (x, next) => Math.abs(x) + Math.abs(next),
  );
  return { values: transpose(own, outputs), scales };
}

/** @param measure a number and its neighbour -> what is at most 127 times the scale */
function quantize(
  values: Float32Array,
  rows: number,
  measure: (x: number, next: number) => number,
): Quantized {
  const columns = values.length / rows;
  const quantized = new Int8Array(values.length);
  const scales = new Float32Array(rows);
  for (let row = 0; row < rows; row++) {
    const [from, to] = [row * columns, (row + 1) * columns];
    let largest = 0;
    for (let i = from; i < to; i++) {
      const next = i + 1 < to ? (values[i + 1] as number) : 0;
      largest = Math.max(largest, measure(values[i] as number, next));
    }
    const scale = Math.fround(largest / 127);
    scales[row] = scale;
    if (scale > 0)
      for (let i = from; i < to; i++) quantized[i] = Math.round((values[i] as number) / scale);
  }
  return { values: quantized, scales };
}

/** A matrix in 12 bits: each number is 16 times its high value and its low one together, times its column's scale. */
interface Packed {
  /** From -128 to 127. */
  high: Int8Array;
  /** From 0 to 15. */
  low: Int8Array;
  scales: Float32Array;
}

/**
 * Packs a matrix into 12 bits. The low four lie apart, since gzip makes half a byte of each, and less than a whole one
 * of the high values, most of which are small.
 * @param values [rows, columns] @returns as many scales as columns
 */
export function packColumns(values: Float32Array, columns: number): Packed {
  const scales = new Float32Array(columns);
  for (let at = 0; at < values.length; at++) {
    const size = Math.abs(values[at] as number) / 2047;
    if (size > (scales[at % columns] as number)) scales[at % columns] = size;
  }
  const [high, low] = [new Int8Array(values.length), new Int8Array(values.length)];
  for (let at = 0; at < values.length; at++) {
    const value = Math.round((values[at] as number) / (scales[at % columns] || 1));
    high[at] = value >> 4;
    low[at] = value & 15;
  }
  return { high, low, scales };
}

/** Transposes a matrix, [rows, columns] -> [columns, rows]. */
export function transpose<Numbers extends Float32Array | Int8Array>(
  values: Numbers,
  rows: number,
): Numbers {
  const columns = values.length / rows;
  const turned = values.slice() as Numbers;
  // In squares, whose lines stay in the cache.
  const side = 32;
  for (let top = 0; top < rows; top += side)
    for (let left = 0; left < columns; left += side)
      for (let row = top; row < Math.min(rows, top + side); row++)
        for (let column = left; column < Math.min(columns, left + side); column++)
          turned[column * rows + row] = values[row * columns + column] as number;
  return turned;
}
