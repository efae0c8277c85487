import type { IncomingMessage, ServerResponse } from "node:http";
import { ExpectedError, optionAt, TextError } from "@seedling/core/internal";
import {
  type Classifier,
  isBelow,
  noNumbers,
  type OptionPrediction,
  predictEach,
  type UnlabelledExample,
} from "@seedling/trainer/internal";
import { createBatchQueue } from "./batch-queue.ts";
import {
  checkMethod,
  HttpError,
  isLocalHost,
  listenLocally,
  readJsonBody,
  send,
} from "./local-server.ts";
import { createMetrics } from "./metrics.ts";
import { type InputLimits, readInputs } from "./read-inputs.ts";

/** How a classifier is served; the limits that are left out are those of text-embeddings-inference. */
export interface ServeOptions extends Partial<InputLimits> {
  /** 0, or left out: a free one. */
  port?: number;
  /** What /info calls it. */
  name?: string;
  /** Bytes of a body. */
  maxBody?: number;
  /** Texts that wait; what comes above is refused. */
  maxWaiting?: number;
  /** Texts that are labelled at once. */
  batchSize?: number;
  /** Is called with an error that is no fault of a request: it gets no details. */
  onError?: (error: unknown) => void;
}

/** A server that runs. */
export interface ClassifierServer {
  url: string;
  /** Takes no more requests, and answers those that are here. @returns how many these are */
  close(): Promise<number>;
}

/** How text-embeddings-inference calls an error, by its status. */
const errorTypes: Record<number, string> = {
  424: "Backend",
  429: "Overloaded",
  503: "Unhealthy",
};

/** Milliseconds that connections have, once the server closes, where all that was asked is answered. */
const patience = 10_000;

/**
 * Serves a classifier by HTTP on 127.0.0.1, as text-embeddings-inference does: POST /predict, GET /health, /info and
 * /metrics. What is asked at the same time is labelled together. The classifier stays the caller's.
 * @throws ExpectedError where the port is taken
 */
export async function serveClassifier(
  classifier: Classifier,
  options: ServeOptions = {},
): Promise<ClassifierServer> {
  const {
    port = 0,
    name = "classifier",
    maxBody = 2_000_000,
    maxWaiting = 512,
    maxInputs = 32,
    maxCharacters = 100_000,
    batchSize = 256,
    onError = () => {},
  } = options;
  const { classes, threshold } = classifier;
  const metrics = createMetrics();
  const queue = createBatchQueue(
    (examples: UnlabelledExample[]) => predictEach(classifier, examples),
    {
      batchSize,
      mostWaiting: maxWaiting,
      onBatch(size, waited, seconds) {
        metrics.observe("te_batch_next_size", size);
        metrics.observe("te_request_queue_duration", waited);
        metrics.observe("te_request_inference_duration", seconds);
      },
    },
  );
  const open = new Set<ServerResponse>();
  let isClosing = false;

  function respond(response: ServerResponse, status: number, value: unknown, headers = {}): void {
    // Once it closes, a connection ends with the answer that it waits for.
    const all = isClosing ? { ...headers, Connection: "close" } : headers;
    send(response, status, "application/json", JSON.stringify(value), all);
  }

  async function predict(request: IncomingMessage) {
    if (!/^application\/json *(;|$)/i.test(request.headers["content-type"] ?? ""))
      throw new HttpError(415, "expected the header Content-Type: application/json");
    const body = await readJsonBody(request, maxBody);
    const start = performance.now();
    const read = readInputs(body, classifier, { maxInputs, maxCharacters });
    metrics.count("te_request_count", `method="${read.isBatch ? "batch" : "single"}"`);
    const predictions = await queue.add(read.examples);
    const answers = predictions.map((prediction, i) => {
      const where = read.isBatch ? `inputs[${i}]` : "inputs";
      const { options } = read.examples[i] as UnlabelledExample;
      return toAnswer(prediction, options, { where, truncate: read.truncate, threshold });
    });
    metrics.count("te_request_success", `method="${read.isBatch ? "batch" : "single"}"`);
    metrics.observe("te_request_duration", (performance.now() - start) / 1000);
    return read.isBatch ? answers : answers[0];
  }

  const info = {
    model_id: name,
    model_type: classes
      ? { classifier: { id2label: { ...classes }, label2id: invert(classes) } }
      : { choice: {} },
    max_concurrent_requests: maxWaiting,
    max_batch_requests: batchSize,
    max_client_batch_size: maxInputs,
    max_input_characters: maxCharacters,
    auto_truncate: true,
    threshold,
  };

  const pages: Record<string, (request: IncomingMessage, response: ServerResponse) => unknown> = {
    async "/predict"(request, response) {
      checkMethod(request, "POST");
      try {
        respond(response, 200, await predict(request));
      } catch (error) {
        metrics.count("te_request_failure", `err="${toType(toRefusal(error).status)}"`);
        throw error;
      }
    },
    "/info"(request, response) {
      checkMethod(request, "GET");
      respond(response, 200, info);
    },
    "/health"(request, response) {
      checkMethod(request, "GET");
      if (isClosing) throw new HttpError(503, "the server stops");
      send(response, 200, "text/plain", "");
    },
    "/metrics"(request, response) {
      checkMethod(request, "GET");
      send(response, 200, "text/plain; version=0.0.4", metrics.render(queue.size));
    },
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    open.add(response);
    response.once("close", () => open.delete(response));
    try {
      if (!isLocalHost(request.headers.host, request))
        throw new HttpError(403, "expected 127.0.0.1 or localhost, with the port, as host");
      const [path = ""] = (request.url ?? "").split("?");
      const page = Object.hasOwn(pages, path) ? pages[path] : undefined;
      if (!page)
        throw new HttpError(404, `expected one of ${Object.keys(pages).join(", ")} as path`);
      await page(request, response);
    } catch (error) {
      if (request.destroyed && !request.complete) return; // whoever asked has gone
      if (!(error instanceof HttpError)) onError(error);
      const { status, message, headers } = toRefusal(error);
      respond(response, status, { error: message, error_type: toType(status) }, headers);
    }
  }

  const handle = (request: IncomingMessage, response: ServerResponse) =>
    void answer(request, response).catch(onError);
  const { server, url } = await listenLocally(handle, { port, maxConnections: 1024 });
  return {
    url,
    async close() {
      isClosing = true;
      const answered = open.size;
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeIdleConnections();
      const timer = setInterval(() => {
        const isWorking = Array.from(open).some(
          ({ req, writableEnded }) => req.complete && !writableEnded,
        );
        if (!isWorking) server.closeAllConnections();
      }, patience);
      await closed;
      clearInterval(timer);
      return answered;
    },
  };
}

/** Labels with their scores, the most probable first; below a threshold a null comes before them. */
function toAnswer(
  prediction: OptionPrediction | TextError,
  options: readonly string[],
  { where, truncate, threshold }: { where: string; truncate: boolean; threshold: number | null },
) {
  if (prediction instanceof TextError) throw new HttpError(422, `${where}: ${prediction.message}`);
  const { probabilities, truncated } = prediction;
  if (truncated && !truncate)
    throw new HttpError(
      413,
      `${where}: expected a text that the classifier reads whole; with "truncate": true its end is cut`,
    );
  if (probabilities.length === 0) throw new HttpError(424, `${where}: ${noNumbers}`);
  const scored = probabilities
    .map((score, index) => ({ score, label: optionAt(options, index) as string | null }))
    .sort((a, b) => b.score - a.score);
  const [first] = scored;
  return first && isBelow(prediction, threshold)
    ? [{ score: first.score, label: null }, ...scored]
    : scored;
}

function toRefusal(error: unknown): Pick<HttpError, "status" | "message" | "headers"> {
  if (error instanceof HttpError) return error;
  const message = error instanceof ExpectedError ? error.message : "the classifier failed";
  return { status: 424, message, headers: {} };
}

function toType(status: number): string {
  return errorTypes[status] ?? "Validation";
}

function invert(classes: readonly string[]): Record<string, number> {
  return Object.fromEntries(classes.map((name, id) => [name, id]));
}
