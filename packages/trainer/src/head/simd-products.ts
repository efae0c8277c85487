/**
 * Numbers of 64 bits in one WebAssembly memory, and the products of matrices there: plain JavaScript takes seven times
 * as long, and every machine and number of threads gives the same bits.
 *
 * One side and the result are in panels: four columns side by side, row by row, and one panel after the other.
 */
export function openRoom(lengths: readonly number[]) {
  // A block reads and writes whole fours: up to three rows more than there are.
  const places = lengths.map((length) => 8 * Math.ceil((length + 4) / 8));
  const numbers = places.reduce((sum, place) => sum + place, 0);
  const memory = new wasm.Memory({ initial: Math.ceil((numbers * bytes) / 65536) });
  compiled ??= new wasm.Module(writeModule());
  const { exports } = new wasm.Instance(compiled, { room: { memory } });
  const run = exports.add as (...given: number[]) => void;
  let next = 0;
  const parts = lengths.map((length, i) => {
    const part = new Float64Array(memory.buffer, next * bytes, length);
    next += places[i] as number;
    return part;
  });

  /** Adds the product a b to c. */
  function addProduct(a: Left, b: Panels, c: Panels, { rows, inner, columns }: Sizes): void {
    if (rows === 0 || inner === 0) return;
    run(
      ...[a.numbers.byteOffset + a.from * bytes, a.row * bytes, a.step * bytes],
      ...[b.numbers.byteOffset, b.rows * 4 * bytes, c.numbers.byteOffset, c.rows * 4 * bytes],
      ...[inner, Math.ceil(rows / 4), Math.ceil(columns / 4)],
    );
  }
  return { parts, addProduct };
}

/** The left side of a product: its number [i, j] is that at from + i * row + j * step. */
export interface Left {
  numbers: Float64Array;
  from: number;
  row: number;
  step: number;
}

/** A matrix in panels. */
export interface Panels {
  numbers: Float64Array;
  /** That there is room for, of a result a multiple of four. */
  rows: number;
}

interface Sizes {
  /** Of the left side and the result. */
  rows: number;
  /** The columns of the left side, and the rows of the right one. */
  inner: number;
  columns: number;
}

export const countPanelNumbers = (rows: number, columns: number) =>
  rows * 4 * Math.ceil(columns / 4);

/** A matrix [rows, columns], row by row; where it is turned, column by column. */
export interface Grid {
  numbers: Float64Array;
  rows: number;
  columns: number;
  isTurned?: boolean;
}

/** Multiplies two matrices. @returns [a.rows, b.columns], row by row */
export function multiplyGrids(a: Grid, b: Grid): Float64Array {
  const [rows, inner, columns] = [a.rows, a.columns, b.columns];
  const padded = 4 * Math.ceil(rows / 4);
  const { parts, addProduct } = openRoom([
    padded * inner,
    countPanelNumbers(inner, columns),
    countPanelNumbers(padded, columns),
  ]);
  const [left, right, result] = parts as [Float64Array, Float64Array, Float64Array];
  left.set(a.numbers);
  const steps = (grid: Grid) => (grid.isTurned ? [1, grid.rows] : [grid.columns, 1]);
  const [row = 0, step = 0] = steps(a);
  const [down = 0, across = 0] = steps(b);
  for (let i = 0; i < inner; i++)
    for (let j = 0; j < columns; j++)
      right[placeInPanels(inner, i, j)] = b.numbers[i * down + j * across] as number;
  const sizes = { rows, inner, columns };
  addProduct(
    { numbers: left, from: 0, row, step },
    { numbers: right, rows: inner },
    { numbers: result, rows: padded },
    sizes,
  );
  const product = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++)
      product[i * columns + j] = result[placeInPanels(padded, i, j)] as number;
  return product;
}

/** Where the number [row, column] of a matrix in panels stands. */
function placeInPanels(rows: number, row: number, column: number): number {
  return (column >> 2) * rows * 4 + row * 4 + (column & 3);
}

const bytes = 8;
/** What is used of WebAssembly: the types of Node lack it. */
interface Wasm {
  Memory: new (size: { initial: number }) => { buffer: ArrayBuffer };
  Module: new (code: Uint8Array) => object;
  Instance: new (module: object, imports: object) => { exports: Record<string, unknown> };
}

const { WebAssembly: wasm } = globalThis as unknown as { WebAssembly: Wasm };
let compiled: object | undefined;

/**
 * Writes the module: `add` goes through the panels, and in each through the left side's rows, four at a time, whose
 * 16 results stay in registers while the inner sum runs.
 */
function writeModule(): Uint8Array<ArrayBuffer> {
  const [i32, v128] = [0x7f, 0x7b];
  const whole = (n: number): number[] => (n < 128 ? [n] : [(n & 127) | 128, ...whole(n >> 7)]);
  const list = (items: readonly number[][]) => [...whole(items.length), ...items.flat()];
  const sized = (content: readonly number[]) => [...whole(content.length), ...content];
  const section = (id: number, content: readonly number[]) => [id, ...sized(content)];
  const text = (name: string) => sized([...new TextEncoder().encode(name)]);

  const get = (local: number) => [0x20, local];
  const set = (local: number) => [0x21, local];
  const constant = (n: number) => [0x41, ...(n < 64 ? [n] : [(n & 127) | 128, n >> 7])];
  const advance = (local: number, by: readonly number[]) => [
    ...get(local),
    ...by,
    0x6a,
    ...set(local),
  ];
  const simd = (code: number) => [0xfd, ...whole(code)];
  const loadPair = (offset: number) => [...simd(0), 3, offset];
  const loadTwice = [...simd(10), 3, 0];
  const storePair = (offset: number) => [...simd(11), 3, offset];
  const [multiply, add] = [simd(0xf2), simd(0xf0)];
  /** Repeats until the counter, taken down by one each time, is 0. */
  const repeat = (counter: number, body: readonly number[]) => [
    ...[0x03, 0x40, ...body],
    ...[...get(counter), ...constant(1), 0x6b, 0x22, counter, 0x0d, 0, 0x0b],
  ];

  const [a, aRow, aStep, b, bPanel, c, cPanel, inner, fours, panels] = [
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9,
  ];
  const [four, rowsLeft, at, left, to] = [10, 11, 12, 13, 14];
  const lefts = [15, 16, 17, 18];
  const [first, second, twice] = [19, 20, 21];
  const sums = [22, 24, 26, 28];
  const rows = [0, 1, 2, 3];

  const sum = repeat(left, [
    ...[...get(at), ...loadPair(0), ...set(first), ...get(at), ...loadPair(16), ...set(second)],
    ...rows.flatMap((row) => {
      const [own, pair] = [lefts[row] as number, sums[row] as number];
      return [
        ...[...get(own), ...loadTwice, ...set(twice)],
        ...[...get(pair), ...get(twice), ...get(first), ...multiply, ...add, ...set(pair)],
        ...[...get(pair + 1), ...get(twice), ...get(second), ...multiply, ...add, ...set(pair + 1)],
        ...advance(own, get(aStep)),
      ];
    }),
    ...advance(at, constant(32)),
  ]);
  const block = [
    ...rows.flatMap((row) => [
      ...(row === 0 ? get(four) : [...get(lefts[row - 1] as number), ...get(aRow), 0x6a]),
      ...set(lefts[row] as number),
      ...[0, 1].flatMap((half) => [
        ...[...get(to), ...loadPair(row * 32 + half * 16), ...set((sums[row] as number) + half)],
      ]),
    ]),
    ...[...get(b), ...set(at), ...get(inner), ...set(left)],
    ...sum,
    ...rows.flatMap((row) =>
      [0, 1].flatMap((half) => [
        ...[...get(to), ...get((sums[row] as number) + half), ...storePair(row * 32 + half * 16)],
      ]),
    ),
    ...advance(to, constant(128)),
    ...advance(four, [...get(aRow), ...constant(4), 0x6c]),
  ];
  const body = repeat(panels, [
    ...[...get(a), ...set(four), ...get(c), ...set(to), ...get(fours), ...set(rowsLeft)],
    ...repeat(rowsLeft, block),
    ...advance(b, get(bPanel)),
    ...advance(c, get(cPanel)),
  ]);
  const locals = list([
    [9, i32],
    [11, v128],
  ]);
  return new Uint8Array([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, list([[0x60, ...list(Array(10).fill([i32])), 0]])),
    ...section(2, list([[...text("room"), ...text("memory"), 2, 0, 1]])),
    ...section(3, list([[0]])),
    ...section(7, list([[...text("add"), 0, 0]])),
    ...section(10, list([sized([...locals, ...body, 0x0b])])),
  ]);
}
