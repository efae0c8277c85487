import { type FitData, type Head, shapeHead, splitScores, type VectorItem } from "./head.ts";
import { countColumns, isBinary } from "./linear-objective.ts";
import { multiplyRows, stackRows } from "./matrix.ts";
import { combine } from "./principal-axes.ts";

/**
 * Converts the parameters that were found to a head, in 32 bits; two classes share one column.
 * @param basis that the parameters' coordinates are of; null: the vectors' own
 * @param beyond what the weights of each output have beside that; null: nothing
 */
export function toHead(
  shape: Pick<FitData, "dimensions" | "outputs">,
  point: Float64Array,
  basis: readonly Float64Array[] | null = null,
  beyond: readonly Float64Array[] | null = null,
): Head {
  const { dimensions, outputs } = shape;
  const size = basis?.length ?? dimensions;
  const biases = countColumns(shape) * size;
  const head = shapeHead(dimensions, null, outputs);
  const { weight, bias } = head.output;
  for (let output = 0; output < outputs; output++) {
    const [column, factor] = isBinary(shape) ? [0, output - 0.5] : [output, 1];
    const coordinates = point.subarray(column * size, (column + 1) * size);
    const own = basis ? combine(coordinates, basis) : coordinates;
    const more = beyond?.[output];
    for (let i = 0; i < dimensions; i++)
      weight[i * outputs + output] = (own[i] as number) * factor + (more ? (more[i] as number) : 0);
    if (bias) bias[output] = (point[biases + column] as number) * factor;
  }
  return head;
}

/** Scores items by a linear head, one array for each. */
export function scoreLinear(
  head: Head,
  items: readonly Pick<VectorItem, "vectors">[],
): Float64Array[] {
  const { inputs: width, outputs: columns, weight, bias } = head.output;
  const matrix = stackRows(items.flatMap(({ vectors }) => vectors));
  const numbers = new Float64Array((columns * matrix.length) / width);
  const weights = Float64Array.from(weight, (_, i) => {
    return weight[(i % width) * columns + Math.floor(i / width)] as number;
  });
  multiplyRows({ matrix, width, columns, numbers }, weights, bias && Float64Array.from(bias));
  return splitScores(numbers, head, items);
}
