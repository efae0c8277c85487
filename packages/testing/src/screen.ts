import { PassThrough } from "node:stream";

/** What a terminal shows after these bytes, and whether its cursor is seen; lines without their blanks. */
export function toScreen(bytes: string): { lines: string[]; cursor: boolean } {
  const lines: string[][] = [[]];
  let row = 0;
  let column = 0;
  let cursor = true;
  const moves: Record<string, (n: number) => void> = {
    A: (n) => {
      row = Math.max(0, row - n);
    },
    B: (n) => {
      row += n;
    },
    G: (n) => {
      column = n - 1;
    },
    K: () => {},
    h: () => {},
    l: () => {},
    m: () => {},
  };
  for (const [piece, parameter = "", final = ""] of bytes.matchAll(
    /\p{Cc}\[([?\d]*)([A-Za-z])|./gsu,
  )) {
    const line = () => (lines[row] ??= []);
    if (piece === "\n") {
      row += 1;
      column = 0;
    } else if (piece === "\r") column = 0;
    else if (parameter === "?25") cursor = final === "h";
    else if (final === "K") line().splice(parameter === "2" ? 0 : column);
    else if (final !== "") {
      const move = moves[final];
      if (!move) throw new Error(`the test's screen does not know ${JSON.stringify(piece)}`);
      move(Number(parameter.replace("?", "") || 1));
    } else line()[column++] = piece;
  }
  const shown = Array.from(lines, (line) => Array.from(line ?? [], (c) => c ?? " ").join(""));
  while (shown.at(-1) === "") shown.pop();
  return { lines: shown.map((line) => line.trimEnd()), cursor };
}

/** A terminal of so many columns, and what was written to it. */
export function openScreen(columns: number, rows = 24) {
  let text = "";
  const stream = new PassThrough();
  stream.write = (bytes: string | Uint8Array) => {
    text += String(bytes);
    return true;
  };
  return {
    screen: Object.assign(stream, { isTTY: true, columns, rows }),
    text: () => text,
  };
}
