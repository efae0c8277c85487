import { command, ExpectedError, readAs, renderCount, whole } from "@seedling/core/internal";
import { loadClassifier } from "@seedling/trainer/internal";
import {
  addClassifierOptions,
  type ClassifierOptions,
  findNamedClassifier,
  thresholdOption,
} from "./predict/find-classifier.ts";
import { serveClassifier } from "./serve/serve-classifier.ts";

interface CommandOptions extends ClassifierOptions {
  port: number;
}

export const serve = command<CommandOptions>({
  name: "serve",
  about:
    "Serves a trained classifier by HTTP on 127.0.0.1, as text-embeddings-inference does: POST /predict, GET /health, /info and /metrics. Ctrl-C, or SIGTERM, ends it: what is asked by then is answered.",
  endsByInterrupt: true,
  define: (line) =>
    addClassifierOptions(
      line
        .argument("<classifier>", "a classifier's folder, or that of its training in results/")
        .option("--port <n>", "0: a free one", readAs(whole(0, 65_535)), 8080)
        .option(...thresholdOption),
    ),
  async run({ port, ...options }, ctx, [given = ""]) {
    const { folder, load } = findNamedClassifier(given, "<classifier>", options, ctx);
    const classifier = await loadClassifier(folder, { ...load, log: ctx.complain });
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
