import { describe, expect, it } from "vitest";
import {
  parseSafetensors,
  renderSafetensors,
  type Safetensors,
} from "../src/classifier/safetensors.ts";

const example: Safetensors = {
  tensors: {
    weight: { shape: [2, 3], data: Float32Array.from([1, -2, 0.5, 3.25, 0, 1e-30]) },
    bias: { shape: [3], data: Float32Array.from([0.25, 1, 2]) },
    scalar: { shape: [], data: Float32Array.from([7]) },
    empty: { shape: [0, 4], data: new Float32Array(0) },
  },
  metadata: { made: "by hand", für: "Tests" },
};

/** A file from a header's text and its values. */
function toFile(header: string, values: Uint8Array): Uint8Array {
  const json = Buffer.from(header);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([length, json, values]);
}

describe("safetensors", () => {
  it("reads what it wrote", () => {
    expect(parseSafetensors(renderSafetensors(example), "x")).toEqual(example);
  });

  it("reads from the middle of a larger buffer", () => {
    const bytes = renderSafetensors(example);
    const larger = new Uint8Array(bytes.length + 3);
    larger.set(bytes, 3);
    expect(parseSafetensors(larger.subarray(3), "x")).toEqual(example);
  });

  it("writes the format's bytes, aligned to 8, sorted by name", () => {
    const bytes = renderSafetensors({
      tensors: {
        b: { shape: [1], data: Float32Array.from([1]) },
        a: { shape: [1], data: Float32Array.from([2]) },
      },
      metadata: {},
    });
    const header =
      '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},' +
      '"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}';
    const values = Buffer.from([0, 0, 0, 0x40, 0, 0, 0x80, 0x3f]);
    expect(Buffer.from(bytes)).toEqual(
      Buffer.from(toFile(header.padEnd(Math.ceil(header.length / 8) * 8), values)),
    );
  });

  it("writes equal tensors as equal bytes, in whatever order they come", () => {
    const { tensors, metadata } = example;
    const turned = Object.fromEntries(Object.entries(tensors).reverse());
    expect(renderSafetensors({ tensors: turned, metadata })).toEqual(renderSafetensors(example));
  });

  it("refuses a shape that does not fit its data", () => {
    const tensors = { w: { shape: [2], data: new Float32Array(3) } };
    expect(() => renderSafetensors({ tensors, metadata: {} })).toThrow("does not hold 3 values");
  });

  it("refuses a file cut anywhere", () => {
    const bytes = renderSafetensors(example);
    for (let length = 0; length < bytes.length; length++)
      expect(() => parseSafetensors(bytes.subarray(0, length), "cut.safetensors")).toThrow(
        /^cut\.safetensors: not a safetensors file: /,
      );
  });

  it("refuses a file that goes on after its tensors", () => {
    const longer = Buffer.concat([renderSafetensors(example), Buffer.alloc(4)]);
    expect(() => parseSafetensors(longer, "x")).toThrow("expected 40 bytes of values, got 44");
  });

  const entry = (fields: object) =>
    JSON.stringify({ w: { dtype: "F32", shape: [1], data_offsets: [0, 4], ...fields } });
  it.each([
    ["another dtype", entry({ dtype: "BF16" }), "tensor w: expected dtype F32"],
    ["a shape that does not fit", entry({ shape: [2] }), "expected 8 bytes for shape [2]"],
    ["a negative shape", entry({ shape: [-1] }), "tensor w: expected dtype F32"],
    ["offsets past the end", entry({ data_offsets: [4, 8] }), "got offsets 4 to 8"],
    ["offsets backwards", entry({ data_offsets: [4, 0] }), "got offsets 4 to 0"],
    ["an offset that is no number", entry({ data_offsets: ["0", 4] }), "tensor w: expected"],
    ["no tensors for its values", "{}", "expected 0 bytes of values, got 4"],
    ["metadata that is no text", '{"__metadata__":{"a":1}}', "expected texts as metadata"],
    ["a header that is a list", "[]", "expected a JSON object as its header"],
    ["a header that is no JSON", "{", "expected a JSON object as its header"],
  ])("refuses %s", (_, header, message) => {
    expect(() => parseSafetensors(toFile(header, new Uint8Array(4)), "x")).toThrow(message);
  });

  it("refuses tensors that overlap", () => {
    const one = { dtype: "F32", shape: [1], data_offsets: [0, 4] };
    const file = toFile(JSON.stringify({ a: one, b: one }), new Uint8Array(4));
    expect(() => parseSafetensors(file, "x")).toThrow("expected a tensor at byte 4");
  });

  it("refuses a header longer than the file", () => {
    const file = renderSafetensors(example);
    file[6] = 1;
    expect(() => parseSafetensors(file, "x")).toThrow(/expected a header of \d+ bytes, got \d+/);
  });
});
