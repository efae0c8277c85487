import {
  chooseOutput,
  countNumbers,
  ExpectedError,
  type Recipe,
  readFields,
  toMessage,
} from "@seedling/core/internal";
import type { TokenInputs } from "./encoder-graph.ts";
import { elementTypes, type GraphBuilder, proto } from "./graph.ts";
import { type Chunk, encodeField } from "./protobuf.ts";

/** The oldest version of ONNX's operators that has all that is put behind a graph. */
const oldest = 11;

/**
 * Reads an ONNX model of an encoder, so that nodes can be put behind it. Its nodes and numbers stay as they are
 * encoded; but names nothing of them is read.
 * @param path the file, for errors
 * @throws ExpectedError if a head cannot be put behind it, saying why
 */
export function readForeignGraph(path: string, bytes: Uint8Array) {
  const refuse = (why: string) =>
    new ExpectedError(`${path}: a head cannot be put behind this graph: ${why}`);
  const read = (from: number, length: number) => bytes.subarray(from, from + length);
  const fieldsOf = (span: { from: number; to: number }, number?: number) => {
    const all = [...readFields(read, span, refuse)];
    return number === undefined ? all : all.filter((one) => one.number === number);
  };
  const textOf = (span: { from: number; to: number }, number: number) =>
    fieldsOf(span, number).map(({ from, to }) => Buffer.from(bytes.subarray(from, to)).toString());

  const whole = fieldsOf({ from: 0, to: bytes.length });
  const graph = whole.find(({ number }) => number === proto.model.graph);
  if (!graph) throw refuse("it has none");
  const opset = whole
    .filter(({ number }) => number === proto.model.opset)
    .filter((one) => ["", "ai.onnx"].includes(textOf(one, proto.opset.domain).join()))
    .flatMap((one) => fieldsOf(one, proto.opset.version).map(({ value }) => value))[0];
  if (opset === undefined || opset < oldest)
    throw refuse(`expected operators of version ${oldest} or later, got ${opset ?? "none"}`);

  const parts = fieldsOf(graph);
  const ofKind = (kind: number) => parts.filter(({ number }) => number === kind);
  const tensors = ofKind(proto.graph.initializer);
  if (tensors.some((one) => fieldsOf(one, proto.tensor.external).length > 0))
    throw refuse("its numbers are in other files: expected one file");
  const constants = new Set(tensors.flatMap((one) => textOf(one, proto.tensor.name)));
  const inputs = ofKind(proto.graph.input)
    .flatMap((one) => textOf(one, proto.value.name))
    .filter((name) => !constants.has(name));
  const known = ["input_ids", "attention_mask", "token_type_ids"];
  const unknown = inputs.filter((name) => !known.includes(name));
  if (unknown.length > 0 || !inputs.includes("input_ids"))
    throw refuse(`expected the inputs ${known.join(", ")}, got ${inputs.join(", ") || "none"}`);
  const outputs = new Map(
    ofKind(proto.graph.output).map((one) => {
      const [type] = fieldsOf(one, proto.value.type).flatMap((type) =>
        fieldsOf(type, proto.type.tensor).flatMap((tensor) =>
          fieldsOf(tensor, proto.tensorType.element),
        ),
      );
      return [textOf(one, proto.value.name).join(), type?.value] as const;
    }),
  );

  /** Encodes a node again with other names. */
  const rename = (
    node: { from: number; to: number },
    toName: (name: string) => string,
  ): Chunk[] => {
    const { input, output, attribute } = proto.node;
    return fieldsOf(node).flatMap((one) => {
      const hasInner =
        one.number === attribute &&
        fieldsOf(one).some(({ number }) =>
          [proto.attribute.graph, proto.attribute.graphs].includes(number as 6),
        );
      if (hasInner) throw refuse("its nodes have graphs of their own");
      const isName =
        one.number === input || one.number === output || one.number === proto.node.name;
      if (!isName) return [bytes.subarray(one.start, one.to)];
      const name = Buffer.from(bytes.subarray(one.from, one.to)).toString();
      return encodeField(one.number, toName(name));
    });
  };

  /** Reads a matrix of floats; null: it is none, or one with infinite numbers, which no scale of a column holds. */
  const readMatrix = (tensor: (typeof tensors)[number]) => {
    const { dimension, type, name, raw } = proto.tensor;
    const shape = fieldsOf(tensor, dimension).map(({ value }) => value ?? 0);
    const isFloat = fieldsOf(tensor, type)[0]?.value === elementTypes.float;
    const [numbers] = fieldsOf(tensor, raw);
    if (shape.length !== 2 || !isFloat || !numbers) return null;
    const named = textOf(tensor, name).join();
    const [expected, got] = [4 * countNumbers(shape), numbers.to - numbers.from];
    if (got !== expected)
      throw refuse(`expected ${expected} bytes of ${named}, as its shape says, got ${got}`);
    const data = () =>
      new Float32Array(new Uint8Array(bytes.subarray(numbers.from, numbers.to)).buffer);
    return data().every(Number.isFinite) ? { tensor, name: named, shape, data } : null;
  };

  return {
    /** The fields of the model beside its graph. */
    head: whole
      .filter(({ number }) => number !== proto.model.graph)
      .map(({ start, to }) => bytes.subarray(start, to)),
    /**
     * Adds the graph.
     * @param copy stands behind the names of its values where it is there already; empty: it is not
     * @returns its hidden states, [texts, tokens, columns], or the vectors that it has pooled itself
     */
    addTo(
      g: GraphBuilder,
      { ids, mask }: Pick<TokenInputs, "ids" | "mask">,
      recipe: Pick<Recipe, "pooling" | "isDeclared">,
      copy: string,
    ): { value: string; isPooled: boolean } {
      const given = new Map([
        ["input_ids", ids],
        ["attention_mask", mask],
        // Single texts have no second segment.
        ["token_type_ids", inputs.includes("token_type_ids") ? g.add("Sub", [ids, ids]) : ""],
      ]);
      const matrices = g.isPacked ? tensors.map(readMatrix).filter((one) => one !== null) : [];
      for (const { name, shape, data } of matrices)
        given.set(name, g.tensor(name, "float", shape, data));
      const packed = new Set(matrices.map(({ tensor }) => tensor));
      const toName = (name: string) =>
        given.get(name) ?? (name === "" || constants.has(name) ? name : name + copy);
      g.take({
        nodes: ofKind(proto.graph.node).flatMap((node) =>
          encodeField(proto.graph.node, rename(node, toName)),
        ),
        initializers: tensors
          .filter((tensor) => copy === "" && !packed.has(tensor))
          .map(({ start, to }) => bytes.subarray(start, to)),
      });
      const { name, isPooled } = choose([...outputs.keys()], recipe, refuse);
      const value = toName(name);
      const isFloat = outputs.get(name) === elementTypes.float;
      return { value: isFloat ? value : g.toFloat(value), isPooled };
    },
  };
}

function choose(
  names: readonly string[],
  recipe: Pick<Recipe, "pooling" | "isDeclared">,
  refuse: (why: string) => ExpectedError,
) {
  try {
    return chooseOutput(names, recipe);
  } catch (cause) {
    throw refuse(toMessage(cause));
  }
}
