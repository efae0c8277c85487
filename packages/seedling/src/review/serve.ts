import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { ExpectedError, FlagError, toMessage } from "@seedling/core/internal";

/** The most bytes of a request's body. */
const mostBody = 2 ** 20;

/** A page of one person on this machine, and what its script may ask. */
interface LocalPage {
  html: string;
  /** The page's content security policy. */
  policy: string;
  /** What can be asked, by name: a body of JSON -> a value. Throws ExpectedError for a bad request. */
  calls: Readonly<Record<string, (body: unknown) => unknown>>;
  /** 0: a free one. */
  port: number;
}

/** Why a request is not answered. */
class RefusedError extends Error {
  readonly status: number;
  readonly headers: Record<string, string>;
  constructor(status: number, headers: Record<string, string> = {}) {
    super(String(status));
    this.status = status;
    this.headers = headers;
  }
}

/**
 * Serves a page on 127.0.0.1 to whoever has the token in its address, and nothing else to anybody. A page from elsewhere
 * in the same browser is kept out by the token, the Host header (a name that is bound anew to 127.0.0.1) and the
 * Origin; there is no CORS.
 * @returns its address, what ends it, and a promise that rejects with a bug of a call
 * @throws FlagError where the port is taken
 */
export async function serveLocally({ html, policy, calls, port }: LocalPage) {
  const token = randomBytes(24).toString("hex");
  let fail = (_: unknown): void => {};
  const failed = new Promise<never>((_, reject) => {
    fail = reject;
  });
  failed.catch(() => {});
  const server = createServer((request, response) => {
    answer(request, response).catch((error) => {
      if (error instanceof RefusedError)
        return send(response, error.status, "text/plain", "", error.headers);
      if (error instanceof ExpectedError)
        return send(response, 400, "application/json", JSON.stringify({ error: error.message }));
      send(response, 500, "text/plain", "");
      fail(error);
    });
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { host, origin } = request.headers;
    const isOurs = (name: string | undefined) =>
      name === `127.0.0.1:${bound}` || name === `localhost:${bound}`;
    if (!isOurs(host)) throw new RefusedError(403);
    const [, given = "", name = "", ...more] = (request.url ?? "").split("/");
    if (!isToken(given, token) || more.length > 0) throw new RefusedError(404);
    if (origin !== undefined && !isOurs(origin.replace(/^http:\/\//, "")))
      throw new RefusedError(403);
    const site = request.headers["sec-fetch-site"];
    if (name === "") {
      checkMethod(request, "GET");
      return send(response, 200, "text/html", html, { "Content-Security-Policy": policy });
    }
    const call = Object.hasOwn(calls, name) ? calls[name] : undefined;
    if (!call) throw new RefusedError(404);
    checkMethod(request, "POST");
    if (site !== undefined && site !== "same-origin") throw new RefusedError(403);
    if (request.headers["content-type"] !== "application/json") throw new RefusedError(415);
    const value = call(await readBody(request));
    send(response, 200, "application/json", JSON.stringify(value));
  }

  Object.assign(server, { requestTimeout: 30_000, headersTimeout: 10_000, maxConnections: 64 });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause) =>
      reject(new FlagError(`--port ${port}: cannot listen: ${toMessage(cause)}`, { cause })),
    );
    server.listen(port, "127.0.0.1", resolve);
  });
  const { port: bound } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${bound}/${token}/`,
    failed,
    close(): void {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** In a time that does not depend on where they differ. */
function isToken(given: string, token: string): boolean {
  const [one, other] = [given, token].map((text) => createHash("sha256").update(text).digest());
  return timingSafeEqual(one as Buffer, other as Buffer);
}

function checkMethod({ method }: IncomingMessage, wanted: string): void {
  if (method !== wanted) throw new RefusedError(405, { Allow: wanted });
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  // One that says no length, or a wrong one, is cut off below.
  if (Number(request.headers["content-length"]) > mostBody)
    throw new RefusedError(413, { Connection: "close" });
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of request) {
    size += piece.length;
    if (size > mostBody) throw new RefusedError(413);
    pieces.push(piece);
  }
  try {
    return JSON.parse(Buffer.concat(pieces).toString("utf8"));
  } catch {
    throw new RefusedError(400);
  }
}

function send(
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
