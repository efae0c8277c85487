import { join, resolve } from "node:path";
import {
  type CommandContext,
  choice,
  command,
  FlagError,
  followLinksOption,
  lookUp,
  openResults,
  readAs,
  renderCount,
  repository,
  resultsOption,
  whole,
} from "@seedling/core/internal";
import { findCreation } from "@seedling/creator/internal";
import { checkCalls } from "./review/check-calls.ts";
import { renderReviewPage } from "./review/page/render-page.ts";
import { findTextTask, readTexts } from "./review/read-texts.ts";
import { type OpenReview, openCreationReview } from "./review/review-creation.ts";
import { openTextReview } from "./review/review-texts.ts";
import { serveLocally } from "./review/serve.ts";

interface ReviewOptions {
  as?: "test";
  task?: string;
  results?: string;
  followLinks?: boolean;
  sample: number;
  seed: number;
  port: number;
}

/** Also under the name `audit`, which it had when it asked for labels alone, in the terminal. */
export const review = command<ReviewOptions>({
  name: "review",
  about:
    "A page on this machine alone, to look at the examples of a creation and to mend them: accept, change a label, edit, delete; and a blind sample to label, for the label accuracy. Everything is saved at once and trained on by the experiment's own command. Ctrl-C ends it.",
  endsByInterrupt: true,
  define: (line) =>
    line
      .argument(
        "<run>",
        "a creation's folder, its manifest.json, or the beginning of its path in the results folder, such as creations/yesno_open-boolq/tree/ab12; with --as test a file of texts",
      )
      .option(
        "--as <split>",
        "test: label texts of your own (a file of them instead of a creation) as the test split of a task",
        readAs(choice("test")),
      )
      .option("--task <dir>", "the folder of that task (default: where the texts are, or here)")
      .option(...resultsOption)
      .option(...followLinksOption)
      .option("--sample <n>", "examples of the blind sample", readAs(whole(1, 1_000_000)), 50)
      .option("--seed <s>", "draws the blind sample", readAs(whole(0)), 1)
      .option("--port <n>", "the page's port; 0: a free one", readAs(whole(0, 65_535)), 0),
  async run(options, ctx, [given = ""]) {
    const { calls, end, close } = options.as
      ? await openTexts(given, options, ctx)
      : openCreation(given, options, ctx);
    const served = { ...renderReviewPage(), calls: checkCalls(calls), port: options.port };
    const page = await serveLocally(served).catch((error: unknown) => {
      close();
      throw error;
    });
    ctx.onInterrupt(() => {
      page.close();
      close();
      return end();
    });
    ctx.log("Open in a browser on this machine (the address is a key: share it with nobody):");
    ctx.log(`  ${page.url}`);
    ctx.log("Ctrl-C ends the review; everything is saved at once.");
    return page.failed;
  },
});

async function openTexts(
  given: string,
  { task }: ReviewOptions,
  { folder, log }: CommandContext,
): Promise<OpenReview> {
  const file = resolve(folder, given);
  if (!lookUp(file)?.isFile())
    throw new FlagError(`--as test: expected a file of texts, got ${given}`);
  const found = await findTextTask(task, { file, folder });
  const texts = readTexts(file, found);
  log(`${renderCount(texts.length, "text")} of ${file}, for the task in ${found.folder}`);
  return openTextReview(texts, found);
}

function openCreation(
  run: string,
  options: ReviewOptions,
  { folder, log }: CommandContext,
): OpenReview {
  const results = openResults(options, folder);
  const bases = [folder, repository, join(results, "creations"), results];
  const creation = findCreation(run, bases);
  log(creation);
  const { sample, seed } = options;
  return openCreationReview(creation, { sample, seed, now: () => new Date().toISOString(), log });
}
