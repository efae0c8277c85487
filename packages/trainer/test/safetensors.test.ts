import { readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openSafetensors } from "@seedling/core/internal";
import { tempFolder } from "@seedling/testing";
import { describe, expect, it } from "vitest";
import { type WrittenTensor, writeSafetensors } from "../src/checkpoint/write-safetensors.ts";

const example = new Map<string, WrittenTensor>([
  ["weight", { shape: [2, 3], data: Float32Array.from([1, -2, 0.5, 3.25, 0, 1e-30]) }],
  ["bias", { shape: [3], data: Float32Array.from([9, 0.25, 1, 2]).subarray(1) }],
  ["scalar", { shape: [], data: () => Float32Array.from([7]) }],
  ["empty", { shape: [0, 4], data: async () => new Float32Array(0) }],
]);
const metadata = { made: "by hand", für: "Tests" };

/** A file from a header's text and its values. */
function toFile(header: string, values: Uint8Array): Buffer {
  const json = Buffer.from(header);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([length, json, values]);
}

function filed(bytes: Uint8Array): string {
  const path = join(tempFolder(), "x.safetensors");
  writeFileSync(path, bytes);
  return path;
}

async function render(
  tensors: Map<string, WrittenTensor>,
  metadata?: Record<string, string>,
): Promise<Buffer> {
  const path = join(tempFolder(), "x.safetensors");
  await writeSafetensors(path, tensors, metadata);
  return readFileSync(path);
}

describe("writeSafetensors", () => {
  it("writes what is read again", async () => {
    const path = join(tempFolder(), "deep/er/x.safetensors");
    await writeSafetensors(path, example, metadata);
    const file = await openSafetensors(path);
    const bytes = readFileSync(path);
    const header = JSON.parse(bytes.subarray(8, 8 + bytes.readUInt32LE(0)).toString());
    expect(header.__metadata__).toEqual(metadata);
    expect([...file.tensors.keys()].sort()).toEqual([...example.keys()].sort());
    for (const [name, { shape, data }] of example) {
      expect(file.tensors.get(name)).toMatchObject({ shape, dtype: "F32" });
      expect(await file.read(name)).toEqual(typeof data === "function" ? await data() : data);
    }
    await file.close();
  });

  it("writes the format's bytes, aligned to 8, sorted by name", async () => {
    const tensors = new Map<string, WrittenTensor>([
      ["b", { shape: [1], data: Float32Array.from([1]) }],
      ["a", { shape: [1], data: Float32Array.from([2]) }],
    ]);
    const header =
      '{"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},' +
      '"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}';
    const values = Buffer.from([0, 0, 0, 0x40, 0, 0, 0x80, 0x3f]);
    expect(await render(tensors, { format: "pt" })).toEqual(
      toFile(header.padEnd(Math.ceil(header.length / 8) * 8), values),
    );
  });

  it("writes equal tensors as equal bytes, in whatever order they come", async () => {
    const turned = new Map([...example].reverse());
    expect(await render(turned, metadata)).toEqual(await render(example, metadata));
  });

  it("leaves what was there, and nothing beside it, if it fails", async () => {
    const path = filed(Buffer.from("before"));
    const tensors = new Map([["w", { shape: [2], data: new Float32Array(3) }]]);
    await expect(writeSafetensors(path, tensors)).rejects.toThrow(
      new RangeError("tensor w: shape [2] does not hold 3 values"),
    );
    expect(readFileSync(path, "utf8")).toBe("before");
    expect(readdirSync(join(path, ".."))).toEqual(["x.safetensors"]);
  });

  it("names a place that cannot be written", async () => {
    const path = join(filed(Buffer.from("a file")), "x.safetensors");
    await expect(writeSafetensors(path, example)).rejects.toThrow(`cannot write ${path}`);
  });
});

describe("openSafetensors", () => {
  it.each([
    // 1, -2, the largest, the smallest normal, the smallest, half the smallest normal, -0, infinity, 1/3 rounded
    [
      "F16",
      [0x3c00, 0xc000, 0x7bff, 0x0400, 0x0001, 0x0200, 0x8000, 0x7c00, 0x3555],
      [1, -2, 65504, 2 ** -14, 2 ** -24, 2 ** -15, -0, Number.POSITIVE_INFINITY, 0.333251953125],
    ],
    // 1, -2, pi cut to 8 bits, the smallest normal, the smallest, -0, minus infinity
    [
      "BF16",
      [0x3f80, 0xc000, 0x4049, 0x0080, 0x0001, 0x8000, 0xff80],
      [1, -2, 3.140625, 2 ** -126, 2 ** -133, -0, Number.NEGATIVE_INFINITY],
    ],
  ])("reads %s as floats", async (dtype, halves, floats) => {
    const bytes = new Uint8Array(Uint16Array.from(halves).buffer);
    const entry = { dtype, shape: [halves.length], data_offsets: [0, bytes.length] };
    const file = await openSafetensors(filed(toFile(JSON.stringify({ w: entry }), bytes)));
    expect([...(await file.read("w"))]).toEqual(floats);
    await file.close();
  });

  it("reads F64 as the nearest floats of half its length", async () => {
    const numbers = [1, -0.1, 1e300, 2 ** -149, 0];
    const bytes = new Uint8Array(Float64Array.from(numbers).buffer);
    const entry = { dtype: "F64", shape: [5], data_offsets: [0, bytes.length] };
    const file = await openSafetensors(filed(toFile(JSON.stringify({ w: entry }), bytes)));
    expect([...(await file.read("w"))]).toEqual(numbers.map(Math.fround));
    await file.close();
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    "refuses %f among weights",
    async (value) => {
      const path = join(tempFolder(), "x.safetensors");
      const data = Float32Array.from([1, 0, value, 2]);
      await writeSafetensors(path, new Map([["b.w", { shape: [2, 2], data }]]));
      const file = await openSafetensors(path, "train again");
      expect(await file.read("b.w")).toEqual(data);
      await expect(file.readWeights("b.w")).rejects.toThrow(
        `${path}: tensor b.w: expected finite numbers, got ${value} at 2 of 4; train again`,
      );
      await file.close();
    },
  );

  it("keeps a NaN of half length one", async () => {
    const entry = { dtype: "F16", shape: [1], data_offsets: [0, 2] };
    const bytes = Uint8Array.from([0x01, 0x7c]);
    const file = await openSafetensors(filed(toFile(JSON.stringify({ w: entry }), bytes)));
    expect([...(await file.read("w"))]).toEqual([Number.NaN]);
    await file.close();
  });

  it("reads a tensor that starts at an odd byte, and lists one of whole numbers", async () => {
    const header = JSON.stringify({
      flags: { dtype: "BOOL", shape: [3], data_offsets: [0, 3] },
      w: { dtype: "F32", shape: [1], data_offsets: [3, 7] },
      ids: { dtype: "I64", shape: [1, 1], data_offsets: [7, 15] },
      later: { dtype: "F4", shape: [3], data_offsets: [15, 17] },
    });
    const values = Buffer.alloc(17);
    values.writeFloatLE(0.5, 3);
    const path = filed(toFile(header, values));
    const file = await openSafetensors(path);
    expect([...(await file.read("w"))]).toEqual([0.5]);
    expect(file.tensors.get("ids")).toMatchObject({ dtype: "I64", shape: [1, 1] });
    await expect(file.read("ids")).rejects.toThrow(
      `${path}: tensor ids: expected numbers of type F64, F32, F16, BF16, got I64; take a model that is not quantised, saved`,
    );
    await file.close();
  });

  it("has a cut file fetched again, and no other", async () => {
    const bytes = await render(example);
    const messageOf = (file: Uint8Array) =>
      openSafetensors(filed(file)).catch((error: Error) => error.message);
    for (const length of [0, 7, 20, bytes.length - 1])
      expect(await messageOf(bytes.subarray(0, length))).toMatch(/; fetch the file again$/);
    for (const other of [Buffer.concat([bytes, Buffer.alloc(1)]), toFile("[]", Buffer.alloc(9))])
      expect(await messageOf(other)).not.toContain("fetch");
  });

  it("refuses a file cut anywhere", async () => {
    const bytes = await render(example, metadata);
    const path = filed(bytes);
    for (let length = bytes.length - 1; length >= 0; length--) {
      truncateSync(path, length);
      await expect(openSafetensors(path)).rejects.toThrow(
        `${path}: not a whole safetensors file: expected `,
      );
    }
  });

  it("names the tensor that a cut file ends in, and what to do", async () => {
    const bytes = await render(example);
    const path = filed(bytes.subarray(0, -4));
    await expect(openSafetensors(path)).rejects.toThrow(
      `expected ${bytes.length} bytes, as its header says, got ${bytes.length - 4}; ` +
        "it ends before the end of tensor weight; fetch the file again",
    );
    await expect(openSafetensors(path, "train again")).rejects.toThrow(/; train again$/);
  });

  it("refuses a file that goes on after its tensors", async () => {
    const bytes = await render(example);
    const path = filed(Buffer.concat([bytes, Buffer.alloc(4)]));
    await expect(openSafetensors(path)).rejects.toThrow(
      `expected ${bytes.length} bytes, as its header says, got ${bytes.length + 4}`,
    );
  });

  it("names a tensor that a file which became shorter no longer has", async () => {
    const bytes = await render(example);
    const path = filed(bytes);
    const file = await openSafetensors(path);
    truncateSync(path, bytes.length - 4);
    await expect(file.read("weight")).rejects.toThrow(
      `expected bytes up to ${bytes.length}, got ${bytes.length - 4}`,
    );
    await file.close();
  });

  const entry = (fields: object) =>
    JSON.stringify({ w: { dtype: "F32", shape: [1], data_offsets: [0, 4], ...fields } });
  const header = entry({}).length;
  it.each([
    ["a shape that does not fit", entry({ shape: [2] }), "tensor w: expected 8 bytes for F32 [2]"],
    ["a type that does not fit", entry({ dtype: "BF16" }), "expected 2 bytes for BF16 [1]"],
    [
      "a negative shape",
      entry({ shape: [-1] }),
      "tensor w: expected dtype, shape and data_offsets",
    ],
    ["no type", entry({ dtype: undefined }), "tensor w: expected dtype, shape and data_offsets"],
    ["a gap", entry({ data_offsets: [4, 8] }), /tensor w: expected it right after the header, at /],
    [
      "offsets past the end",
      entry({ shape: [2], data_offsets: [0, 8] }),
      "before the end of tensor w",
    ],
    ["a size past counting", entry({ shape: [1e15, 1e15] }), "tensor w: expected 4e+30 bytes"],
    ["offsets backwards", entry({ data_offsets: [4, 0] }), "got offsets 4 to 0"],
    [
      "backwards, of an unknown type",
      entry({ dtype: "F4", data_offsets: [4, 0] }),
      "expected some",
    ],
    ["an offset that is no number", entry({ data_offsets: ["0", 4] }), "tensor w: expected dtype"],
    ["no tensors for its values", "{}", "expected 10 bytes, as its header says, got 14"],
    ["a header that is a list", "[]", "expected a JSON object as its header"],
    ["a header that is no JSON", "{", "expected a JSON object as its header"],
  ])("refuses %s", async (_, header, message) => {
    await expect(openSafetensors(filed(toFile(header, new Uint8Array(4))))).rejects.toThrow(
      message,
    );
  });

  it("refuses tensors that overlap", async () => {
    const one = { dtype: "F32", shape: [1], data_offsets: [0, 4] };
    const json = JSON.stringify({ a: one, b: one });
    const start = 8 + json.length;
    await expect(openSafetensors(filed(toFile(json, new Uint8Array(4))))).rejects.toThrow(
      `tensor b: expected it right after a, at byte ${start + 4}, got byte ${start}`,
    );
  });

  it.each([
    [
      "longer than the file",
      header + 5,
      `expected a header of ${header + 5} bytes, got a file that ends after ${header + 4}`,
    ],
    ["beyond all measure", 2n ** 60n, "expected a header of at most 16777216 bytes"],
  ])("refuses a header %s", async (_, length, message) => {
    const bytes = toFile(entry({}), new Uint8Array(4));
    bytes.writeBigUInt64LE(BigInt(length));
    await expect(openSafetensors(filed(bytes))).rejects.toThrow(message);
  });

  it("says what a pointer of Git LFS is", async () => {
    const path = filed(Buffer.from("version https://git-lfs.github.com/spec/v1\noid sha256:00\n"));
    await expect(openSafetensors(path)).rejects.toThrow("got a pointer of Git LFS: `git lfs pull`");
  });

  it("names a file that is not there", async () => {
    const path = join(tempFolder(), "none.safetensors");
    await expect(openSafetensors(path)).rejects.toThrow(`cannot read ${path}`);
  });
});
