import { writeFile } from "node:fs/promises";
import { countNumbers, ExpectedError, makeAtomic } from "@seedling/core/internal";
import { type Chunk, encodeField, encodeFloat, measureChunks } from "./protobuf.ts";
import { packColumns } from "./quantize.ts";

/** Numbers of fields in onnx.proto. */
export const proto = {
  model: { irVersion: 1, producer: 2, graph: 7, opset: 8 },
  opset: { domain: 1, version: 2 },
  graph: { node: 1, name: 2, initializer: 5, input: 11, output: 12, valueInfo: 13 },
  node: { input: 1, output: 2, name: 3, type: 4, attribute: 5 },
  attribute: { name: 1, float: 2, int: 3, graph: 6, ints: 8, graphs: 11, type: 20 },
  tensor: { dimension: 1, type: 2, name: 8, raw: 9, external: 13 },
  value: { name: 1, type: 2 },
  type: { tensor: 1 },
  tensorType: { element: 1, shape: 2 },
  shape: { dimension: 1 },
  dimension: { value: 1, name: 2 },
} as const;

/** Number types of tensors, by onnx.proto's numbers. */
export const elementTypes = { float: 1, int8: 3, int64: 7 } as const;

type ElementType = keyof typeof elementTypes;

/** Kinds of attributes, by onnx.proto's numbers. */
const attributeTypes = { float: 1, int: 2, ints: 7 } as const;

/** A whole number, a list of them, or a float. */
type Attribute = number | readonly number[] | { float: number };

/** A tensor that a graph is given, or gives: of its axes the lengths, or names of lengths that may differ. */
interface Port {
  name: string;
  type: ElementType;
  shape: readonly (number | string)[];
}

/** The version of ONNX's operators that graphs are written for, and of its format that has it. */
const written = { opset: 17, irVersion: 8 };

/** Numbers of a matrix from which on it is worth to be packed. */
const leastPacked = 1024;

/** A graph that grows node by node. */
export type GraphBuilder = ReturnType<typeof createGraph>;

/**
 * Creates an empty graph. Equal calls in an equal order give equal bytes.
 * @param scope stands before the names of values and constants: those of another graph that this one goes on from
 *   must not begin with it
 * @param isPacked keeps matrices of floats in 12 bits: a runtime computes the floats once, when it opens the graph
 */
export function createGraph(scope = "", isPacked = false) {
  const nodes: Chunk[] = [];
  const initializers = new Map<string, Chunk[]>();
  const unpacked = new Map<string, string>();
  const ports: { inputs: Chunk[]; outputs: Chunk[] } = { inputs: [], outputs: [] };
  let count = 0;

  const tensor = (
    unscoped: string,
    type: ElementType,
    shape: readonly number[],
    data: () => Float32Array | Int8Array | BigInt64Array,
  ): string => {
    if (isPacked && type === "float" && shape.length === 2 && countNumbers(shape) >= leastPacked)
      return addPacked(unscoped, shape, data as () => Float32Array);
    const name = scope + unscoped;
    if (initializers.has(name)) return name;
    const bytes = { float: 4, int8: 1, int64: 8 }[type];
    const { dimension, type: typeField, name: nameField, raw } = proto.tensor;
    const make = () => {
      const { buffer, byteOffset, byteLength } = data();
      return new Uint8Array(buffer, byteOffset, byteLength);
    };
    const parts = [
      ...shape.flatMap((size) => encodeField(dimension, size)),
      ...encodeField(typeField, elementTypes[type]),
      ...encodeField(nameField, name),
      ...encodeField(raw, [{ length: countNumbers(shape) * bytes, make }]),
    ];
    initializers.set(name, encodeField(proto.graph.initializer, parts));
    return name;
  };

  const addPacked = (name: string, shape: readonly number[], data: () => Float32Array): string => {
    const known = unpacked.get(name);
    if (known) return known;
    const columns = shape[1] as number;
    const { high, low, scales } = packColumns(data(), columns);
    const [upper, lower] = Object.entries({ high, low }).map(([part, values]) =>
      toFloat(tensor(`${name}.${part}`, "int8", shape, () => values)),
    ) as [string, string];
    const whole = add("Add", [add("Mul", [upper, number(16)]), lower]);
    const value = add("Mul", [whole, tensor(`${name}.scale`, "float", [columns], () => scales)]);
    unpacked.set(name, value);
    return value;
  };

  const addMany = (
    type: string,
    inputs: readonly string[],
    outputs: number,
    attributes: Record<string, Attribute> = {},
  ): string[] => {
    const node = `${scope}${type}_${count++}`;
    const names = Array.from({ length: outputs }, (_, i) => (i === 0 ? node : `${node}.${i}`));
    const { input, output, name, type: typeField, attribute } = proto.node;
    const parts = [
      ...inputs.flatMap((one) => encodeField(input, one)),
      ...names.flatMap((one) => encodeField(output, one)),
      ...encodeField(name, node),
      ...encodeField(typeField, type),
      ...Object.entries(attributes).flatMap((one) =>
        encodeField(attribute, encodeAttribute(...one)),
      ),
    ];
    nodes.push(...encodeField(proto.graph.node, parts));
    return names;
  };

  const add = (
    type: string,
    inputs: readonly string[],
    attributes: Record<string, Attribute> = {},
  ) => addMany(type, inputs, 1, attributes)[0] as string;

  const toFloat = (value: string) => add("Cast", [value], { to: elementTypes.float });

  const number = (value: number) =>
    tensor(`number_${value}`, "float", [], () => Float32Array.of(value));

  return {
    isPacked,
    /** Adds a node of several outputs. @returns their names */
    addMany,
    /** Adds a node. @returns the name of its output */
    add,
    /** Adds the change of numbers into floats. @returns their name */
    toFloat,
    /** Adds a tensor of numbers, unless it has one of that name. @returns the name of its value */
    tensor,
    /** Adds whole numbers, or finds them. @returns their name */
    ints: (...values: number[]) =>
      tensor(`ints_${values.join("_")}`, "int64", [values.length], () =>
        BigInt64Array.from(values, BigInt),
      ),
    /** Adds one whole number, or finds it: a scalar. @returns its name */
    index: (value: number) =>
      tensor(`index_${value}`, "int64", [], () => BigInt64Array.of(BigInt(value))),
    /** Adds one number, or finds it: a scalar. @returns its name */
    number,
    input({ name, type, shape }: Port): string {
      ports.inputs.push(...encodeField(proto.graph.input, encodePort(name, type, shape)));
      return name;
    },
    /** Gives a value out, under a name. */
    output(value: string, { name, type, shape }: Port): void {
      const { input, output, type: typeField } = proto.node;
      const ends = [...encodeField(input, value), ...encodeField(output, name)];
      nodes.push(
        ...encodeField(proto.graph.node, [...ends, ...encodeField(typeField, "Identity")]),
      );
      ports.outputs.push(...encodeField(proto.graph.output, encodePort(name, type, shape)));
    },
    /** Takes over nodes and tensors of another graph as they are encoded. */
    take(encoded: { nodes: readonly Chunk[]; initializers: readonly Chunk[] }): void {
      nodes.push(...encoded.nodes);
      initializers.set(`taken ${initializers.size}`, [...encoded.initializers]);
    },
    /**
     * Encodes the model.
     * @param head the fields of a model beside its graph: versions, and who wrote it; left out: ours
     */
    encode(head: readonly Chunk[] = encodeHead()): Chunk[] {
      const parts = [
        ...nodes,
        ...encodeField(proto.graph.name, "main"),
        ...[...initializers.values()].flat(),
        ...ports.inputs,
        ...ports.outputs,
      ];
      return [...head, ...encodeField(proto.model.graph, parts)];
    },
  };
}

function encodeHead(): Chunk[] {
  const { irVersion, producer, opset } = proto.model;
  return [
    ...encodeField(irVersion, written.irVersion),
    ...encodeField(producer, "seedling"),
    ...encodeField(opset, encodeField(proto.opset.version, written.opset)),
  ];
}

function encodeAttribute(name: string, value: Attribute): Chunk[] {
  const own = proto.attribute;
  const named = encodeField(own.name, name);
  if (typeof value === "number")
    return [...named, ...encodeField(own.int, value), ...encodeField(own.type, attributeTypes.int)];
  if ("float" in value)
    return [
      ...named,
      ...encodeFloat(own.float, value.float),
      ...encodeField(own.type, attributeTypes.float),
    ];
  const ints = value.flatMap((one) => encodeField(own.ints, one));
  return [...named, ...ints, ...encodeField(own.type, attributeTypes.ints)];
}

function encodePort(name: string, type: ElementType, shape: Port["shape"]): Chunk[] {
  const { value, type: typeFields, tensorType, shape: shapeFields, dimension } = proto;
  const dimensions = shape.flatMap((size) =>
    encodeField(
      shapeFields.dimension,
      encodeField(typeof size === "number" ? dimension.value : dimension.name, size),
    ),
  );
  const ofTensor = [
    ...encodeField(tensorType.element, elementTypes[type]),
    ...encodeField(tensorType.shape, dimensions),
  ];
  return [
    ...encodeField(value.name, name),
    ...encodeField(value.type, encodeField(typeFields.tensor, ofTensor)),
  ];
}

/** What a protobuf message holds at most. */
export const mostModelBytes = 2 ** 31 - 1;

/**
 * Writes an encoded model, whole or not at all.
 * @returns its size in bytes
 * @throws ExpectedError if it is larger than ONNX's format allows, or cannot be written
 */
export async function writeModel(path: string, model: readonly Chunk[]): Promise<number> {
  const size = checkSize(path, model);
  await makeAtomic(path, (part) => writeFile(part, makeBytes(model), { flag: "wx", flush: true }));
  return size;
}

/** Joins an encoded model. @param name for errors @throws ExpectedError if it is larger than ONNX's format allows */
export function joinModel(name: string, model: readonly Chunk[]): Buffer {
  checkSize(name, model);
  return Buffer.concat([...makeBytes(model)]);
}

function checkSize(path: string, model: readonly Chunk[]): number {
  const size = measureChunks(model);
  if (size > mostModelBytes)
    throw new ExpectedError(
      `${path}: expected a model of at most 2 GB, as ONNX's format has it, got ${(size / 1e9).toFixed(1)} GB: take a smaller encoder`,
    );
  return size;
}

function* makeBytes(model: readonly Chunk[]): Generator<Uint8Array> {
  let made: Uint8Array[] = [];
  for (const part of model) {
    if (part instanceof Uint8Array) made.push(part);
    else {
      yield Buffer.concat(made);
      made = [];
      yield part.make();
    }
  }
  yield Buffer.concat(made);
}
