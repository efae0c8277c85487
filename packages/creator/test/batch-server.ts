import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer, text } from "node:stream/consumers";
import { type Body, toReply } from "@seedling/testing";

/** What becomes of a line of a batch; `none`: it stands in neither file. */
export type Fate = "reply" | "uncounted" | "broken" | "429" | "404" | "none";

/** How the server behaves. By default every batch runs until it is ended, and then has all replies. */
export interface BatchServerOptions {
  /** The only key that it takes. */
  key?: string;
  /** What becomes of a line of the n-th batch (from 0). */
  fate?: (key: string, n: number) => Fate;
  /** Refuses a seed in each line, as a server that does not know it. */
  refusesSeed?: boolean;
  /** What happens to the n-th submission (from 0): the answer to it is cut off, before or after it counts. */
  submission?: (n: number) => "cut before" | "cut after" | "500" | "400" | "ok";
  /** How many downloads are cut in the middle. */
  cutFiles?: number;
  /** Is told of each request as it arrives, such as `POST /v1/batches`, to kill who asks. */
  onRequest?: (request: string) => void;
}

/** A batch at the server. */
export interface ServedBatch {
  id: string;
  status: string;
  metadata: Record<string, string>;
  lines: { custom_id: string; body: Body }[];
  /** As it was uploaded. */
  input: string;
  done: number;
}

/** A server that listens. */
export interface BatchServer {
  /** For OPENAI_BASE_URL. */
  url: string;
  batches: ServedBatch[];
  /** Submissions that came, whether they count or not. */
  submissions: number;
  /** Each request's path. */
  asked: string[];
  /** Lets running batches answer so many of their lines. */
  work: (lines: number) => void;
  /** Ends the running batches, those lines answered that have been worked at (by default all). */
  end: (status?: "completed" | "expired" | "failed" | "cancelled", lines?: number) => void;
  close: () => Promise<void>;
}

const second = 1_900_000_000;

/** Opens a real HTTP server on a free port that speaks OpenAI's protocol of files and batches. */
export async function openBatchServer(options: BatchServerOptions = {}): Promise<BatchServer> {
  const { key, submission = () => "ok", onRequest = () => {} } = options;
  const files = new Map<string, string>();
  let cuts = options.cutFiles ?? 0;

  const upload = async (request: IncomingMessage, response: ServerResponse) => {
    const headers = { "content-type": request.headers["content-type"] ?? "" };
    const form = await new Response(await buffer(request), { headers }).formData();
    const file = form.get("file");
    if (form.get("purpose") !== "batch" || !(file instanceof File))
      return fail(response, 400, "expected a file for a batch");
    const id = `file-in-${files.size}`;
    files.set(id, await file.text());
    send(response, 200, { id, object: "file", purpose: "batch", filename: file.name });
  };

  const submit = async (request: IncomingMessage, response: ServerResponse) => {
    const given = JSON.parse(await text(request));
    const n = server.submissions++;
    const happens = submission(n);
    const input = files.get(given.input_file_id);
    if (happens === "cut before") return void response.destroy();
    if (happens === "500") return fail(response, 500, "The server had an error");
    if (happens === "400") return fail(response, 400, "Billing hard limit has been reached");
    if (!input || given.endpoint !== "/v1/chat/completions" || given.completion_window !== "24h")
      return fail(response, 400, "expected a batch of chat completions");
    const lines = input
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line));
    if (new Set(lines.map(({ custom_id }) => custom_id)).size < lines.length)
      return fail(response, 400, "The custom_id of two lines is the same");
    const batch: ServedBatch = {
      id: `batch_${server.batches.length}`,
      status: "in_progress",
      metadata: given.metadata ?? {},
      lines,
      input,
      done: 0,
    };
    server.batches.push(batch);
    if (happens === "cut after") return void response.destroy();
    send(response, 200, toBatch(batch, files));
  };

  const list = (response: ServerResponse, after: string | null) => {
    const newest = server.batches.toReversed();
    const from = newest.findIndex(({ id }) => id === after) + 1;
    const page = newest.slice(from, from + 2);
    send(response, 200, {
      object: "list",
      data: page.map((batch) => toBatch(batch, files)),
      has_more: from + 2 < newest.length,
    });
  };

  const download = (response: ServerResponse, content: string) => {
    response.writeHead(200, {
      "content-type": "application/octet-stream",
      "content-length": Buffer.byteLength(content),
    });
    if (cuts-- <= 0) return void response.end(content);
    response.write(content.slice(0, content.length / 2));
    setTimeout(() => response.destroy(), 20);
  };

  const route = async (request: IncomingMessage, response: ServerResponse) => {
    const { pathname, searchParams } = new URL(request.url ?? "", "http://localhost");
    const { method } = request;
    server.asked.push(`${method} ${pathname}`);
    onRequest(`${method} ${pathname}`);
    const given = request.headers.authorization ?? "";
    if (key !== undefined && given !== `Bearer ${key}`)
      return fail(response, 401, `Incorrect API key provided: ${given.slice(7)} (${given}).`);
    if (method === "POST" && pathname === "/v1/files") return upload(request, response);
    if (method === "POST" && pathname === "/v1/batches") return submit(request, response);
    if (pathname === "/v1/batches") return list(response, searchParams.get("after"));
    const batch = server.batches.find(({ id }) => pathname === `/v1/batches/${id}`);
    if (batch) return send(response, 200, toBatch(batch, files));
    const file = files.get(/^\/v1\/files\/([^/]+)\/content$/.exec(pathname)?.[1] ?? "");
    if (file !== undefined) return download(response, file);
    fail(response, 404, `no ${pathname}`);
  };

  const write = (batch: ServedBatch, status: string, count: number) => {
    const n = server.batches.indexOf(batch);
    const out: string[] = [];
    const errors: string[] = [];
    for (const [i, { custom_id, body }] of batch.lines.entries()) {
      const line = (response: object | null, error: object | null = null) =>
        JSON.stringify({ id: `batch_req_${i}`, custom_id, response, error });
      const failed = (status_code: number, message: string, param: string | null = null) =>
        errors.push(line({ status_code, body: { error: { message, type: "error", param } } }));
      const fate = options.fate?.(custom_id, n) ?? "reply";
      if (i >= count) {
        if (status === "expired")
          errors.push(line(null, { code: "batch_expired", message: "The window is over." }));
      } else if (options.refusesSeed && body.seed !== undefined)
        failed(400, "Unrecognized request argument supplied: seed");
      else if (fate === "429") failed(429, "Rate limit reached");
      else if (fate === "404") failed(404, `The model \`${body.model}\` does not exist`);
      else if (fate === "broken") out.push(line({ status_code: 200, body: { hello: "world" } }));
      else if (fate !== "none")
        out.push(line({ status_code: 200, body: toCompletion(body, fate === "reply") }));
    }
    // As with OpenAI, in no order; and an empty file is none.
    for (const [kind, lines] of Object.entries({ out, errors }))
      if (lines.length > 0)
        files.set(
          `file-${kind}-${batch.id}`,
          lines
            .map((line) => `${line}\n`)
            .reverse()
            .join(""),
        );
    batch.status = status;
    batch.done = count;
  };

  const http = createServer((request, response) => {
    route(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const running = () => server.batches.filter(({ status }) => status === "in_progress");
  const server: BatchServer = {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/v1`,
    batches: [],
    submissions: 0,
    asked: [],
    work(lines) {
      for (const batch of running()) batch.done = lines;
    },
    end(status = "completed", lines = Number.POSITIVE_INFINITY) {
      for (const batch of running()) write(batch, status, status === "failed" ? 0 : lines);
    },
    async close() {
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
  return server;
}

function toBatch({ id, status, metadata, lines, done }: ServedBatch, files: Map<string, string>) {
  const file = (kind: string) => {
    const name = `file-${kind}-${id}`;
    return files.has(name) ? name : null;
  };
  return {
    id,
    object: "batch",
    status,
    metadata,
    created_at: second,
    [`${status}_at`]: second + 600,
    output_file_id: file("out"),
    error_file_id: file("errors"),
    request_counts: { total: lines.length, completed: Math.min(done, lines.length), failed: 0 },
    errors:
      status === "failed"
        ? { data: [{ code: "token_limit_exceeded", message: "Enqueued token limit reached" }] }
        : null,
  };
}

/** The body that `openai-server.ts` answers with. */
function toCompletion({ model, messages, seed }: Body, counted: boolean) {
  const content = toReply(messages, seed ?? "no seed");
  const prompt = messages.map((message) => message.content).join("");
  return {
    id: "completion",
    object: "chat.completion",
    model: `${model}-2026`,
    choices: [{ index: 0, finish_reason: "stop", message: { content, refusal: null } }],
    usage: counted
      ? {
          prompt_tokens: Math.ceil(prompt.length / 4),
          completion_tokens: Math.ceil(content.length / 4),
        }
      : undefined,
  };
}

function send(response: ServerResponse, status: number, value: object) {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(value));
}

function fail(response: ServerResponse, status: number, message: string) {
  send(response, status, { error: { message, type: "error", code: null, param: null } });
}
