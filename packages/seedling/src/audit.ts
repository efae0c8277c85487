import { join, resolve } from "node:path";
import {
  addRoot,
  command,
  FlagError,
  followLinksOption,
  isFolder,
  readAs,
  repository,
  whole,
} from "@seedling/core/internal";
import { auditCreation } from "@seedling/creator/internal";

interface AuditOptions {
  results?: string;
  followLinks?: boolean;
  sample: number;
  seed: number;
}

export const audit = command<AuditOptions>({
  name: "audit",
  about:
    "A blind sample of a creation's examples for you to label in the terminal: how many of the model's labels are right? Answers are kept at once; the same command goes on from them.",
  define: (line) =>
    line
      .argument(
        "<run>",
        "a creation's folder, its manifest.json, or the beginning of its path in the results folder, such as creations/yesno_open-boolq/tree/ab12",
      )
      .option("--results <dir>", "the results folder (default: results)")
      .option(...followLinksOption)
      .option("--sample <n>", "examples to label", readAs(whole(1, 1_000_000)), 50)
      .option("--seed <s>", "draws the sample, and the order of options", readAs(whole(0)), 1),
  async run({ results: given, followLinks = false, sample, seed }, ctx, [run = ""]) {
    const results = given ? resolve(ctx.folder, given) : join(repository, "results");
    if (given && !isFolder(results)) throw new FlagError(`--results: no folder ${results}`);
    addRoot(results, { followLinks });
    const bases = [ctx.folder, repository, join(results, "creations"), results];
    await auditCreation(run, { bases, sample, seed }, ctx);
    return 0;
  },
});
