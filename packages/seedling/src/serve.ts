import { resolve } from "node:path";
import {
  addRoot,
  command,
  ExpectedError,
  followLinksOption,
  readAs,
  renderCount,
  resolveModel,
  text,
  whole,
} from "@seedling/core/internal";
import { loadClassifier } from "@seedling/trainer/internal";
import { findClassifier } from "./predict/find-classifier.ts";
import { serveClassifier } from "./serve/serve-classifier.ts";

interface CommandOptions {
  port: number;
  encoder?: string;
  anyEncoder?: boolean;
  followLinks?: boolean;
}

export const serve = command<CommandOptions>({
  name: "serve",
  about:
    "Serves a trained classifier by HTTP on 127.0.0.1, as text-embeddings-inference does: POST /predict, GET /health, /info and /metrics. Ctrl-C, or SIGTERM, ends it: what is asked by then is answered.",
  endsByInterrupt: true,
  define: (line) =>
    line
      .argument("<classifier>", "a classifier's folder, or that of its training in results/")
      .option("--port <n>", "0: a free one", readAs(whole(0, 65_535)), 8080)
      .option(
        "--encoder <path>",
        "the folder (or hub id) where the classifier's encoder is now; left out: where it was at the training",
        readAs(text),
      )
      .option("--any-encoder", "take an encoder whose files are not those of the training, too")
      .option(...followLinksOption),
  async run({ port, encoder, anyEncoder = false, ...options }, ctx, [given = ""]) {
    const named = resolve(ctx.folder, given);
    addRoot(named, options);
    const folder = findClassifier(named, "<classifier>");
    const classifier = await loadClassifier(folder, {
      ...(encoder && { encoder: resolveModel(encoder, ctx.folder) }),
      anyEncoder,
      env: ctx.env,
      fetch: ctx.fetch,
      log: ctx.complain,
    });
    const { url, close } = await serveClassifier(classifier, {
      ...{ port, name: given },
      onError: (error) =>
        ctx.complain(
          error instanceof Error && !(error instanceof ExpectedError)
            ? `${error.stack}`
            : String(error),
        ),
    });
    ctx.onInterrupt(async () => {
      const answered = await close();
      await classifier.dispose();
      return `stopped; ${renderCount(answered, "request")} in work answered`;
    });
    ctx.log(`${folder} is served on this machine alone:`);
    ctx.log(`  curl ${url}/predict -H 'Content-Type: application/json' -d '{"inputs": "..."}'`);
    ctx.log("Ctrl-C ends it.");
    return new Promise<never>(() => {});
  },
});
