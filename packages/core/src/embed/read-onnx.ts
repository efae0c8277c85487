import { closeSync, fstatSync, readSync } from "node:fs";
import { openFollowed } from "../logs/open-inside.ts";
import { ExpectedError } from "../messages/errors.ts";
import { describeText, startBytes } from "./model-file.ts";

/** Numbers of fields in onnx.proto. */
const graph = 7;
const initializer = 5;
const externalData = 13;
const [key, value] = [1, 2];

/**
 * Lists the files beside an ONNX model that hold numbers of its initializers, each once (onnx.proto: ModelProto,
 * GraphProto, TensorProto). No numbers are read.
 * @throws ExpectedError if it is not a whole ONNX model, or names a file elsewhere
 */
export function listExternalData(path: string): string[] {
  const fd = openFollowed(path);
  const fault = (reason: string) => new ExpectedError(`${path}: not an ONNX model: ${reason}`);
  const read = (from: number, length: number) => {
    const bytes = Buffer.alloc(length);
    return bytes.subarray(0, readSync(fd, bytes, 0, length, from));
  };
  const readText = (from: number, to: number) => read(from, to - from).toString();
  try {
    const { size } = fstatSync(fd);
    const start = Buffer.alloc(Math.min(size, startBytes));
    readSync(fd, start, 0, start.length, 0);
    const text = describeText(start);
    if (text) throw fault(`got ${text}`);
    const fieldsOf = (number: number, { from, to }: Span) =>
      [...readFields(read, { from, to }, fault)].filter((field) => field.number === number);
    const graphs = fieldsOf(graph, { from: 0, to: size });
    if (graphs.length === 0) throw fault(`expected a graph, got none in ${size} bytes`);
    const entries = graphs
      .flatMap((field) => fieldsOf(initializer, field))
      .flatMap((field) => fieldsOf(externalData, field));
    const files = entries.flatMap((entry) => {
      const [name] = fieldsOf(key, entry).map(({ from, to }) => readText(from, to));
      return name === "location" ? fieldsOf(value, entry) : [];
    });
    const names = new Set(files.map(({ from, to }) => readText(from, to)));
    for (const name of names)
      if (!/^[\w-][\w.-]*$/.test(name))
        throw fault(`expected its data in a file beside it, got ${JSON.stringify(name)}`);
    return [...names];
  } finally {
    closeSync(fd);
  }
}

/** Bytes of a file, the last one left out. */
interface Span {
  from: number;
  to: number;
}

/** A field of a protobuf message. */
interface ProtobufField extends Span {
  number: number;
  /** A whole number, as itself; of all others 0, as their contents are bytes. */
  value: number;
  /** Where the whole field begins, its number included. */
  start: number;
}

/**
 * Reads the fields of a protobuf message, which must fill its bytes.
 * @param read bytes of a file, fewer at its end
 * @param fault makes the error of a message that is torn
 */
export function* readFields(
  read: (from: number, length: number) => Uint8Array,
  { from, to }: Span,
  fault: (reason: string) => ExpectedError,
): Generator<ProtobufField> {
  for (let at = from; at < to; ) {
    const head = read(at, 20);
    let used = 0;
    const readVarint = () => {
      let sum = 0;
      for (let scale = 1; used < 20; scale *= 128) {
        const byte = head[used++] ?? 0;
        sum += (byte & 127) * scale;
        if (byte < 128) break;
      }
      return sum;
    };
    const tag = readVarint();
    const [number, type] = [Math.floor(tag / 8), tag % 8];
    const value = type === 0 ? readVarint() : 0;
    const length = { 0: 0, 1: 8, 2: type === 2 ? readVarint() : 0, 5: 4 }[type];
    const begin = at + used;
    if (number === 0 || length === undefined) throw fault(`expected a field at byte ${at}`);
    if (begin + length > to)
      throw fault(
        `expected ${begin + length} bytes, as its fields say, got ${to}; fetch the file again`,
      );
    yield { number, value, start: at, from: begin, to: begin + length };
    at = begin + length;
  }
}
