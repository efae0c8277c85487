import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { ExpectedError } from "@seedling/core/internal";
import {
  checkMethod,
  HttpError,
  isLocalHost,
  listenLocally,
  readJsonBody,
  send,
} from "../serve/local-server.ts";

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
  const handle = (request: IncomingMessage, response: ServerResponse) =>
    answer(request, response).catch((error) => {
      if (error instanceof HttpError)
        return send(response, error.status, "text/plain", "", error.headers);
      if (error instanceof ExpectedError)
        return send(response, 400, "application/json", JSON.stringify({ error: error.message }));
      send(response, 500, "text/plain", "");
      fail(error);
    });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { host, origin } = request.headers;
    if (!isLocalHost(host, request)) throw new HttpError(403);
    const [, given = "", name = "", ...more] = (request.url ?? "").split("/");
    if (!isToken(given, token) || more.length > 0) throw new HttpError(404);
    if (origin !== undefined && !isLocalHost(origin.replace(/^http:\/\//, ""), request))
      throw new HttpError(403);
    const site = request.headers["sec-fetch-site"];
    if (name === "") {
      checkMethod(request, "GET");
      return send(response, 200, "text/html", html, { "Content-Security-Policy": policy });
    }
    const call = Object.hasOwn(calls, name) ? calls[name] : undefined;
    if (!call) throw new HttpError(404);
    checkMethod(request, "POST");
    if (site !== undefined && site !== "same-origin") throw new HttpError(403);
    if (request.headers["content-type"] !== "application/json") throw new HttpError(415);
    const value = call(await readJsonBody(request, mostBody));
    send(response, 200, "application/json", JSON.stringify(value));
  }

  const { server, url } = await listenLocally(handle, { port, maxConnections: 64 });
  return {
    url: `${url}/${token}/`,
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
