import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { decodeJson, decodeUtf8, FlagError, renderWhole, toMessage } from "@seedling/core/internal";

/** Why a request is not answered as asked: a status, and what whoever asked is told. */
export class HttpError extends Error {
  readonly status: number;
  readonly headers: Record<string, string>;
  constructor(status: number, message = "", headers: Record<string, string> = {}) {
    super(message);
    this.status = status;
    this.headers = headers;
  }
}

/** Why a port cannot be had, by the system's code. */
const whyClosed: Record<string, string> = {
  EADDRINUSE: "another program listens there; give another port, or 0 for a free one",
  EACCES: "this user may not listen there; give a port from 1,024 on, or 0 for a free one",
};

/**
 * Listens on 127.0.0.1.
 * @param port 0: a free one
 * @throws FlagError where the port is taken
 */
export async function listenLocally(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  { port, maxConnections }: { port: number; maxConnections: number },
) {
  const server = createServer(answer);
  const limits = { requestTimeout: 30_000, headersTimeout: 10_000, keepAliveTimeout: 75_000 };
  Object.assign(server, { ...limits, maxConnections });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) =>
      reject(
        new FlagError(
          `--port ${port}: ${whyClosed[cause.code ?? ""] ?? `cannot listen: ${toMessage(cause)}`}`,
          { cause },
        ),
      ),
    );
    server.listen(port, "127.0.0.1", resolve);
  });
  const { port: bound } = server.address() as AddressInfo;
  return { server, url: `http://127.0.0.1:${bound}` };
}

/**
 * Whether a Host header, or the host of an Origin, names a local server by its address: a page from elsewhere may bring
 * a name of its own that is bound anew to 127.0.0.1.
 */
export function isLocalHost(host: string | undefined, { socket }: IncomingMessage): boolean {
  return host === `127.0.0.1:${socket.localPort}` || host === `localhost:${socket.localPort}`;
}

/** @throws HttpError (405) for another method */
export function checkMethod({ method }: IncomingMessage, wanted: string): void {
  if (method !== wanted)
    throw new HttpError(405, `expected ${wanted}, got ${method}`, { Allow: wanted });
}

/**
 * Reads a body of JSON. What is too large is read to its end, so that its sender sees the answer, unless it is many
 * times too large.
 * @param most bytes
 * @throws HttpError (413, 400)
 */
export async function readJsonBody(request: IncomingMessage, most: number): Promise<unknown> {
  const tooLarge = (headers = {}) =>
    new HttpError(413, `expected a body of at most ${renderWhole(most)} bytes`, headers);
  const patience = 16 * most;
  // One that says no length, or a wrong one, is cut off below.
  if (Number(request.headers["content-length"]) > patience) throw tooLarge({ Connection: "close" });
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of request) {
    size += piece.length;
    if (size > patience) throw tooLarge();
    if (size <= most) pieces.push(piece);
  }
  if (size > most) throw tooLarge();
  try {
    return decodeJson(decodeUtf8(Buffer.concat(pieces), "the body"));
  } catch (error) {
    throw new HttpError(400, `expected a body of JSON (${toMessage(error)})`);
  }
}

export function send(
  response: ServerResponse,
  status: number,
  type: string,
  text: string,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, {
    "Content-Type": `${type}; charset=utf-8`,
    "Content-Length": Buffer.byteLength(text),
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    ...headers,
  });
  response.end(text);
}
