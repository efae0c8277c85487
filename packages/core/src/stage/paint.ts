import { WriteStream } from "node:tty";
import { styleText } from "node:util";
import type { Env } from "../logs/paths.ts";

/** Colours of printed lines, the first that fits. */
const styles: readonly [line: RegExp, style: Parameters<typeof styleText>[0]][] = [
  [/^(failed|FAILED|interrupted)\b|^\w*Error: /, "red"],
  [/\bWARNING\b|\bNOT BETTER\b/, "yellow"],
  [/^(Table \d|Figure \d|Accuracy|Numbers$|Files$|What to do next$)/, "bold"],
  [/^ {2,}waiting for /, "dim"],
];

/**
 * Whether a stream shows colours: a terminal that has them, or any where FORCE_COLOR asks for them; NO_COLOR asks for
 * none.
 */
export function hasColors({ isTTY }: { isTTY?: boolean }, env: Env): boolean {
  const { NO_COLOR, FORCE_COLOR } = env;
  if (FORCE_COLOR !== undefined) return !["0", "false"].includes(FORCE_COLOR);
  if (NO_COLOR) return false;
  const asked = { ...env, NO_COLOR: undefined };
  return Boolean(isTTY) && WriteStream.prototype.getColorDepth.call(null, asked) > 1;
}

/** Paints the lines of a message by what they say; what is written to files is never painted. */
export function paint(text: string): string {
  const paintLine = (line: string) => {
    const style = styles.find(([fits]) => fits.test(line))?.[1];
    return style ? styleText(style, line, { validateStream: false }) : line;
  };
  return text.split("\n").map(paintLine).join("\n");
}
