import { request } from "node:http";
import { connect } from "node:net";
import { ExpectedError } from "@seedling/core/internal";
import { describe, expect, it, onTestFinished } from "vitest";
import { checkCalls } from "../src/review/check-calls.ts";
import { renderReviewPage } from "../src/review/page/render-page.ts";
import { openCreationReview } from "../src/review/review-creation.ts";
import { serveLocally } from "../src/review/serve.ts";
import { makeCreation } from "./made-creation.ts";

async function serve(calls?: Record<string, (body: unknown) => unknown>) {
  const review = openCreationReview(makeCreation(), {
    ...{ sample: 5, seed: 1, now: () => "", log: () => {} },
  });
  const page = await serveLocally({
    ...renderReviewPage(),
    calls: calls ?? checkCalls(review.calls),
    port: 0,
  });
  onTestFinished(() => {
    page.close();
    review.close();
  });
  const { port, pathname } = new URL(page.url);
  return { ...page, port: Number(port), path: pathname };
}

interface Asked {
  method?: string;
  headers?: Record<string, string>;
  body?: string;
}

/** Sends a request as a stranger would: every header as given. */
async function send(
  port: number,
  path: string,
  { method = "GET", headers = {}, body }: Asked = {},
) {
  return new Promise<{ status: number; headers: NodeJS.Dict<string | string[]>; text: string }>(
    (resolve, reject) => {
      const sent = request({ host: "127.0.0.1", port, path, method, headers }, (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (piece) => {
          text += piece;
        });
        response.on("end", () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
        );
      });
      sent.on("error", reject);
      sent.end(body);
    },
  );
}

const json = { "Content-Type": "application/json" };
const post = (body: unknown, headers: Record<string, string> = json): Asked => ({
  ...{ method: "POST", headers },
  body: typeof body === "string" ? body : JSON.stringify(body),
});

describe("a page on this machine", () => {
  it("is given with its token, and lets nothing in from elsewhere", async () => {
    const { port, path, url } = await serve();
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/[0-9a-f]{48}\/$/);
    const { status, headers, text } = await send(port, path);
    expect([status, headers["content-type"]]).toEqual([200, "text/html; charset=utf-8"]);
    expect(text).toContain("<!DOCTYPE html>");
    expect(text).not.toMatch(/https?:\/\//);
    expect(headers["content-security-policy"]).toMatch(
      /^default-src 'none'; script-src 'sha256-[^ ]+'; style-src 'sha256-[^ ]+'; connect-src 'self'.*frame-ancestors 'none'.*trusted-types 'none'$/,
    );
    expect(headers).toMatchObject({
      "cache-control": "no-store",
      "referrer-policy": "no-referrer",
      "x-content-type-options": "nosniff",
      "cross-origin-resource-policy": "same-origin",
    });
    expect(headers).not.toHaveProperty("access-control-allow-origin");
    const about = await send(port, `${path}about`, post({}));
    expect([about.status, JSON.parse(about.text).progress.total]).toEqual([200, 12]);
  });

  it("is on 127.0.0.1 alone", async () => {
    const { port } = await serve();
    const refused = await new Promise((resolve) => {
      const socket = connect({ host: "::1", port }, () => resolve("connected"));
      socket.on("error", ({ message }) => resolve(message));
    });
    expect(refused).not.toBe("connected");
  });

  const token = "0".repeat(48);
  it.each<[string, (path: string, port: number) => string, (port: number) => Asked, number]>([
    ["no token", () => "/", () => ({}), 404],
    ["another token", () => `/${token}/`, () => ({}), 404],
    ["the token's beginning", (path) => path.slice(0, -2), () => ({}), 404],
    ["a call without token", () => "/about", () => post({}), 404],
    ["a file", (path) => `${path}review.jsonl`, () => post({}), 404],
    ["a file by its path", (path) => `${path}../../etc/passwd`, () => ({}), 404],
    ["an encoded path", (path) => `${path}%2e%2e%2fpackage.json`, () => ({}), 404],
    ["a name of every object", (path) => `${path}constructor`, () => post({}), 404],
    ["a favicon", () => "/favicon.ico", () => ({}), 404],
    ["an absolute address", (path) => `http://evil.example${path}`, () => ({}), 404],
    ["another host", (path) => path, () => ({ headers: { Host: "evil.example" } }), 403],
    [
      "a host that is bound anew",
      (path) => path,
      (port) => ({ headers: { Host: `evil.example:${port}` } }),
      403,
    ],
    ["a host without port", (path) => path, () => ({ headers: { Host: "127.0.0.1" } }), 403],
    [
      "another origin",
      (path) => `${path}about`,
      () => post({}, { ...json, Origin: "http://evil.example" }),
      403,
    ],
    [
      "an opaque origin",
      (path) => `${path}about`,
      () => post({}, { ...json, Origin: "null" }),
      403,
    ],
    [
      "another page's script",
      (path) => `${path}about`,
      () => post({}, { ...json, "Sec-Fetch-Site": "cross-site" }),
      403,
    ],
    ["a preflight", (path) => `${path}about`, () => ({ method: "OPTIONS" }), 405],
    ["a call by GET", (path) => `${path}about`, () => ({}), 405],
    ["the page by POST", (path) => path, () => post({}), 405],
    [
      "a form",
      (path) => `${path}about`,
      () => post("a=b", { "Content-Type": "application/x-www-form-urlencoded" }),
      415,
    ],
    ["a form's plain text", (path) => `${path}about`, () => post({}, {}), 415],
    ["no JSON", (path) => `${path}about`, () => post("{"), 400],
    ["a body that says it is large", (path) => `${path}about`, () => post("x".repeat(2e6)), 413],
  ])("refuses %s", async (_, toPath, toAsked, status) => {
    const { port, path } = await serve();
    const answer = await send(port, toPath(path, port), toAsked(port));
    expect([answer.status, answer.text]).toEqual([status, ""]);
    expect(answer.headers).not.toHaveProperty("access-control-allow-origin");
  });

  it("cuts off a body that grows without a length", async () => {
    const { port, path } = await serve();
    const ended = await new Promise((resolve) => {
      const headers = { ...json, "Transfer-Encoding": "chunked" };
      const sent = request({
        host: "127.0.0.1",
        port,
        path: `${path}about`,
        method: "POST",
        headers,
      });
      sent.on("error", () => resolve("cut"));
      sent.on("response", ({ statusCode }) => resolve(statusCode === 413 ? "cut" : statusCode));
      const grow = () => {
        if (!sent.destroyed) sent.write("x".repeat(65_536), () => setImmediate(grow));
      };
      grow();
    });
    expect(ended).toBe("cut");
    expect((await send(port, path)).status).toBe(200);
  });

  it.each<[string, unknown, RegExp]>([
    ["row", { id: "created:none" }, /expected an example of this creation/],
    ["row", {}, /expected another request/],
    ["list", { filter: {}, offset: 0, limit: 10 }, /expected another request/],
    ["act", { id: "x", act: { do: "rm -rf" } }, /expected another request/],
    ["act", { id: "x", act: { do: "accept", more: 1 } }, /expected another request/],
    ["undo", [], /expected another request/],
  ])("says what is wrong with %s of %j", async (name, body, error) => {
    const { port, path } = await serve();
    const { status, text } = await send(port, `${path}${name}`, post(body));
    expect(status).toBe(400);
    expect(JSON.parse(text).error).toMatch(error);
  });

  it("ends by a bug, which the page does not show", async () => {
    const { port, path, failed } = await serve({
      fine: () => 1,
      wrong() {
        throw new TypeError("a secret");
      },
      refused() {
        throw new ExpectedError("expected less");
      },
    });
    expect(await send(port, `${path}fine`, post({}))).toMatchObject({ status: 200, text: "1" });
    expect((await send(port, `${path}refused`, post({}))).text).toBe('{"error":"expected less"}');
    expect(await send(port, `${path}wrong`, post({}))).toMatchObject({ status: 500, text: "" });
    await expect(failed).rejects.toThrow("a secret");
  });

  it("says so where its port is taken", async () => {
    const { port } = await serve();
    const again = serveLocally({ ...renderReviewPage(), calls: {}, port });
    await expect(again).rejects.toThrow(`--port ${port}: another program listens there`);
  });
});
