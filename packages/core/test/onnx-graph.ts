/**
 * A graph in ONNX's protobuf (onnx.proto) that takes ids and a mask, [texts, tokens], and gives a function of the
 * ids under a name.
 * @param operation ONNX's name of the function
 */
export function createGraph(output: string, operation = "Identity"): Buffer {
  const [int64, float] = [7, 1];
  const to = [field(1, "to"), field(3, float), field(20, 2)];
  const graph = [
    field(1, [field(1, "input_ids"), field(2, "numbers"), field(4, "Cast"), field(5, to)]),
    field(1, [field(1, "numbers"), field(2, output), field(4, operation)]),
    field(2, "graph"),
    field(11, createTensorInfo("input_ids", int64)),
    field(11, createTensorInfo("attention_mask", int64)),
    field(12, createTensorInfo(output, float)),
  ];
  return Buffer.concat([field(1, 8), field(7, graph), field(8, [field(2, 14)])]);
}

/** An ONNX model of a graph alone, whose initializers have their numbers in these files. */
export function createExternalGraph(files: readonly string[]): Buffer {
  const tensors = files.map((name) =>
    field(5, [field(13, [field(1, "location"), field(2, name)])]),
  );
  return Buffer.concat([field(1, 8), field(7, [field(2, "main"), ...tensors])]);
}

function createTensorInfo(name: string, type: number): Buffer[] {
  const shape = ["texts", "tokens"].map((size) => field(1, [field(2, size)]));
  return [field(1, name), field(2, [field(1, [field(1, type), field(2, shape)])])];
}

/** A field of a message: a number below 128, a text, or a message of its own fields. */
function field(key: number, value: number | string | Buffer[]): Buffer {
  if (typeof value === "number") return Buffer.from([...writeVarint(key << 3), value]);
  const bytes = typeof value === "string" ? Buffer.from(value) : Buffer.concat(value);
  return Buffer.concat([
    Buffer.from([...writeVarint((key << 3) | 2), ...writeVarint(bytes.length)]),
    bytes,
  ]);
}

function writeVarint(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...writeVarint(value >> 7)];
}
