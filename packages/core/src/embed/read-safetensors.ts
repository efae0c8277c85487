import { closeSync, fstatSync, read } from "node:fs";
import { promisify } from "node:util";
import { z } from "zod";
import { decodeJson } from "../logs/json.ts";
import { openFollowed } from "../logs/open-inside.ts";
import { ExpectedError, tryFile } from "../messages/errors.ts";
import { describeText, startBytes } from "./model-file.ts";

/** An open safetensors file, of which one tensor at a time is read. */
export type SafetensorsFile = Awaited<ReturnType<typeof openSafetensors>>;

/** Creates the error of a file from what was expected and what came. @param isCut whether it is shorter than it says */
type CreateFault = (reason: string, isCut?: boolean) => ExpectedError;

type ReadBytes = (from: number, to: number) => Promise<ArrayBuffer>;

const readPiece = promisify(read);

/** Node reads at most 2 GiB at once. */
const mostAtOnce = 2 ** 30;

/**
 * Opens a safetensors file, and checks its header against its size.
 * @param mend what to do about a damaged file, for errors; left out: to fetch one again that was cut
 * @param open gives its descriptor: `openInside` for what may be a stranger's
 * @throws ExpectedError naming the file, the tensor, what was expected and what came
 */
export async function openSafetensors(
  path: string,
  mend?: string,
  open: (path: string) => number = openFollowed,
) {
  const fault: CreateFault = (reason, isCut = false) => {
    const advice = mend ?? (isCut ? "fetch the file again" : null);
    const what = isCut ? "a whole safetensors file" : "a safetensors file";
    return new ExpectedError(`${path}: not ${what}: ${reason}${advice ? `; ${advice}` : ""}`);
  };
  const file = tryFile("read", path, () => open(path));
  const readBytes: ReadBytes = async (from, to) => {
    const bytes = new ArrayBuffer(to - from);
    let done = 0;
    while (done < bytes.byteLength) {
      const rest = new Uint8Array(bytes, done, Math.min(mostAtOnce, bytes.byteLength - done));
      const { bytesRead } = await readPiece(file, rest, 0, rest.length, from + done);
      if (bytesRead === 0) throw fault(`expected bytes up to ${to}, got ${from + done}`, true);
      done += bytesRead;
    }
    return bytes;
  };
  const tensors = await readHeader(file, readBytes, fault).catch((error) => {
    closeSync(file);
    throw error;
  });
  /**
   * Reads one tensor's numbers, row by row.
   * @throws ExpectedError if they are of another type than F64, F32, F16 and BF16, or the file has become shorter
   */
  async function readTensor(name: string): Promise<Float32Array> {
    const entry = tensors.get(name);
    if (!entry) throw new RangeError(`${path} has no tensor ${name}`);
    const type = floatTypes.get(entry.dtype);
    if (type) return type.decode(await readBytes(entry.from, entry.to));
    throw new ExpectedError(
      `${path}: tensor ${name}: expected numbers of type ${[...floatTypes.keys()].join(", ")}, got ${entry.dtype}; take a model that is not quantised, saved in Python by model.float().save_pretrained(folder)`,
    );
  }

  return {
    /** In the order of the file. */
    tensors,
    read: readTensor,
    /**
     * Reads one tensor's numbers as weights.
     * @throws ExpectedError as `read`, and if one is NaN or infinite, or the tensor has another shape than the one given
     */
    async readWeights(name: string, shape?: readonly number[]): Promise<Float32Array> {
      const found = tensors.get(name)?.shape;
      if (shape && found?.join() !== shape.join())
        throw new ExpectedError(
          `${path}: expected ${name} with shape [${shape}], got ${found ? `shape [${found}]` : "none"}`,
        );
      const values = await readTensor(name);
      let zero = 0;
      for (let i = 0; i < values.length; i++) zero += 0 * (values[i] as number);
      if (zero === 0) return values;
      const at = values.findIndex((value) => !Number.isFinite(value));
      throw new ExpectedError(
        `${path}: tensor ${name}: expected finite numbers, got ${values[at]} at ${at} of ${values.length}${mend ? `; ${mend}` : ""}`,
      );
    },
    async close() {
      closeSync(file);
    },
  };
}

/** In bytes. The format allows 100 MB, whose entries would take 2 GB of memory; large models have 1 MB. */
const longestHeader = 16 * 2 ** 20;

const headerSchema = z.record(z.string(), z.unknown());

/** Reads the header: its length (8 bytes, little-endian), and a JSON object that lists the tensors. */
async function readHeader(file: number, read: ReadBytes, fault: CreateFault) {
  const { size } = fstatSync(file);
  if (size < 8) throw fault(`expected at least 8 bytes, got ${size}`, true);
  const eight = Buffer.from(await read(0, 8));
  const length = eight.readBigUInt64LE(0);
  if (length > longestHeader) {
    const other = describeText(Buffer.from(await read(0, Math.min(size, startBytes))));
    throw fault(
      other
        ? `expected weights, got ${other}`
        : `expected a header of at most ${longestHeader} bytes, got a length of ${length}`,
    );
  }
  if (length > size - 8)
    throw fault(
      `expected a header of ${length} bytes, got a file that ends after ${size - 8}`,
      true,
    );
  const start = 8 + Number(length);
  const json = Buffer.from(await read(8, start)).toString();
  try {
    const { __metadata__, ...entries } = headerSchema.parse(decodeJson(json));
    return parseEntries(entries, start, size, fault);
  } catch (error) {
    throw error instanceof ExpectedError ? error : fault("expected a JSON object as its header");
  }
}

/** Parses the entries, and checks that their tensors fill the file from `start` without gap or overlap. */
function parseEntries(
  entries: Record<string, unknown>,
  start: number,
  size: number,
  fault: CreateFault,
) {
  const found = Object.entries(entries)
    .map(([name, value]) => [name, parseEntry(name, value, start, fault)] as const)
    .sort(([, a], [, b]) => a.from - b.from || a.to - b.to);
  let end = start;
  let before = "the header";
  for (const [name, { from, to }] of found) {
    if (from !== end)
      throw fault(
        `tensor ${name}: expected it right after ${before}, at byte ${end}, got byte ${from}`,
      );
    end = to;
    before = name;
  }
  const truncated = found.find(([, { to }]) => to > size);
  if (end !== size)
    throw fault(
      `expected ${end} bytes, as its header says, got ${size}` +
        (truncated ? `; it ends before the end of tensor ${truncated[0]}` : ""),
      size < end,
    );
  return new Map(found);
}

const count = z.number().int().nonnegative();
const entrySchema = z.object({
  dtype: z.string().min(1),
  shape: z.array(count),
  data_offsets: z.tuple([count, count]),
});

/** A tensor's number type by the format's name, its shape, its first byte in the file and the one after its last. */
function parseEntry(name: string, value: unknown, start: number, fault: CreateFault) {
  const parsed = entrySchema.safeParse(value);
  if (!parsed.success)
    throw fault(
      `tensor ${name}: expected dtype, shape and data_offsets, got ${JSON.stringify(value).slice(0, 200)}`,
    );
  const { dtype, shape, data_offsets } = parsed.data;
  const [from, to] = data_offsets;
  const type = floatTypes.get(dtype);
  const bytes = type ? type.bytes * countNumbers(shape) : null;
  if (to < from || (bytes !== null && to - from !== bytes))
    throw fault(
      `tensor ${name}: expected ${bytes ?? "some"} bytes for ${dtype} [${shape}], ` +
        `got offsets ${from} to ${to}`,
    );
  return { dtype, shape, from: start + from, to: start + to };
}

export function countNumbers(shape: readonly number[]): number {
  return shape.reduce((product, n) => product * n, 1);
}

/** Decodes 16-bit floats of IEEE 754. */
export const decodeHalves = createDecode(5);

/** Number types whose tensors can be read: bytes of a number, and the decoding of a buffer of them. */
const floatTypes = new Map([
  [
    "F64",
    { bytes: 8, decode: (buffer: ArrayBuffer) => Float32Array.from(new Float64Array(buffer)) },
  ],
  ["F32", { bytes: 4, decode: (buffer: ArrayBuffer) => new Float32Array(buffer) }],
  ["F16", { bytes: 2, decode: decodeHalves }],
  ["BF16", { bytes: 2, decode: createDecode(8) }],
]);

/**
 * Creates the decoding of 16-bit floats (IEEE 754: sign, exponent, fraction), by a table of all values.
 * @param exponentBits bits of the exponent
 */
function createDecode(exponentBits: number) {
  const scale = 2 ** (15 - exponentBits);
  const most = 2 ** exponentBits - 1;
  const toValue = (half: number): number => {
    const sign = half < 0x8000 ? 1 : -1;
    const exponent = Math.floor(half / scale) & most;
    const fraction = half % scale;
    if (exponent === most) return fraction === 0 ? sign / 0 : Number.NaN;
    const power = 2 ** (Math.max(exponent, 1) - (most - 1) / 2);
    return sign * (fraction / scale + Math.sign(exponent)) * power;
  };
  let table: Float32Array | null = null;
  return (buffer: ArrayBuffer): Float32Array => {
    table ??= Float32Array.from({ length: 2 ** 16 }, (_, half) => toValue(half));
    const halves = new Uint16Array(buffer);
    const numbers = new Float32Array(halves.length);
    for (let i = 0; i < halves.length; i++) numbers[i] = table[halves[i] as number] as number;
    return numbers;
  };
}
