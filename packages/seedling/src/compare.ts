import { resolve } from "node:path";
import {
  command,
  ExpectedError,
  FlagError,
  followLinksOption,
  numberBetween,
  readAs,
  text,
  writeAtomic,
} from "@seedling/core/internal";
import { compareResults, renderComparison } from "@seedling/eval/internal";

interface CompareOptions {
  tolerance?: number;
  out?: string;
  followLinks?: boolean;
}

export const compare = command<CompareOptions>({
  name: "compare",
  about:
    "Compares two results folders cell by cell, paired on the test items: do they agree? Exit code 0: they agree; 1: they disagree, or it cannot be told; 2: a folder or a flag that cannot be used.",
  define: (line) =>
    line
      .argument("<a>", "a results folder, or published tables (counts.jsonl)")
      .argument("<b>", "another one, such as the published one that A should repeat")
      .option(
        "--tolerance <points>",
        "points of accuracy that a cell may differ by, where chance explains the difference (default: answers must be the same, but for rounding)",
        readAs(numberBetween(0, 100)),
      )
      .option("--out <file>", "also write all of it as JSON", readAs(text))
      .option(...followLinksOption),
  async run({ out, ...options }, ctx, [a = "", b = ""]) {
    const folders = [resolve(ctx.folder, a), resolve(ctx.folder, b)] as const;
    const comparison = await compareResults(folders, options).catch((error: unknown) => {
      throw error instanceof ExpectedError ? new FlagError(error.message) : error;
    });
    if (out !== undefined)
      writeAtomic(resolve(ctx.folder, out), `${JSON.stringify(comparison, null, 2)}\n`);
    ctx.log(renderComparison(comparison));
    return comparison.verdict === "agree" ? 0 : 1;
  },
});
