import { gzipSync } from "node:zlib";
import { findOnlyModel } from "@seedling/core/internal";
import { openServer } from "@seedling/testing";
import { describe, expect, it } from "vitest";
import { PermanentError, type RetryableError } from "../src/llm/errors.ts";
import { type Answer, good, openImpatient, serve } from "./any-server.ts";
import { toFailure, toRequest } from "./server-chat.ts";

/** A server that sends the same body to everything. @returns its base URL */
async function sendAlways(status: number, body: Buffer, headers: Record<string, string> = {}) {
  const url = await openServer((request, response) => {
    request.resume();
    response.writeHead(status, { "content-type": "application/json", ...headers });
    response.end(body);
  });
  return `${url}/v1`;
}

const bomb = gzipSync(Buffer.alloc(70 * 2 ** 20, " "));
const zipped = { "content-encoding": "gzip" };

describe("a body above 64 MB", () => {
  it.each([
    ["packed", bomb, zipped],
    ["as it is", Buffer.alloc(70 * 2 ** 20, "\n"), {}],
  ])("of a reply ends the run where it comes twice, %s", async (_, body, headers) => {
    const url = await sendAlways(200, body, headers);
    const error = await toFailure(openImpatient(url).chat);
    expect(error).toBeInstanceOf(PermanentError);
    expect(error.message).toBe(`a reply of ${url} cannot be read: above 64 MB`);
  });

  it("of an error leaves its status", async () => {
    const url = await sendAlways(400, bomb, zipped);
    const error = await toFailure(openImpatient(url).chat);
    expect(error.message).toBe(`${url} answered 400 a text above 64 MB`);
  });

  it("of a list of models says so", async () => {
    const baseUrl = await sendAlways(200, bomb, zipped);
    const endpoint = { baseUrl, apiKey: null, official: false };
    await expect(findOnlyModel(endpoint, { fetch })).rejects.toThrow(
      `${baseUrl}/models does not list its models: above 64 MB; start`,
    );
  });
});

it("a body of 8 MB of line feeds is no reply, and read at once", async () => {
  const url = await sendAlways(200, Buffer.alloc(8 * 2 ** 20, "\n"));
  expect((await toFailure(openImpatient(url, { retries: 0 }).chat)).message).toContain(
    `a reply of ${url} cannot be read`,
  );
});

it("a body that trickles is bound by the timeout of the whole reply", async () => {
  const base = await openServer((request, response) => {
    request.resume();
    response.writeHead(200, { "content-type": "application/json" });
    const trickle = setInterval(() => response.write(" "), 20);
    response.on("close", () => clearInterval(trickle));
  });
  const error = await toFailure(openImpatient(`${base}/v1`, { timeout: 0.2, retries: 0 }).chat);
  expect(error).toMatchObject({ code: "timeout" } satisfies Partial<RetryableError>);
  expect(error.message).toBe(`${base}/v1 did not answer within 0.2 s (--timeout)`);
});

describe("JSON of 20,000 levels", () => {
  const deep = `${'{"a":['.repeat(10_000)}${"]}".repeat(10_000)}`;
  const within = (rest: string): Answer => [200, `{"model":"m","choices":[${rest}]}`];

  it.each<[string, Answer]>([
    ["beside the choices", [200, `{"choices":[],"x":${deep}}`]],
    ["as a choice", within(deep)],
    ["as a message's content", within(`{"message":{"content":${deep}}}`)],
    ["as the whole reply", [200, deep]],
    ["in an event", [200, `data: {"choices":[{"delta":${deep}}]}\n\ndata: [DONE]\n\n`]],
    ["in a text that is JSON", [200, JSON.stringify(deep)]],
  ])("%s is an error of that reply", async (_, answer) => {
    const { url } = await serve(({ n }) => (n === 0 ? good : answer));
    const { chat } = openImpatient(url);
    expect((await chat(toRequest(1))).text).toBe("Hello");
    expect(await chat(toRequest(2))).toMatchObject({
      text: "",
      refused: `a reply of ${url} cannot be read: nested deeper than 100 levels`,
    });
  });

  it("in an error leaves its status", async () => {
    const { url } = await serve(() => [400, `{"error":${deep}}`]);
    expect((await toFailure(openImpatient(url).chat)).message).toBe(
      `${url} answered 400 a text nested deeper than 100 levels`,
    );
  });
});

describe("a redirect", () => {
  it.each([301, 302, 303, 307, 308])("of a request by %d is not followed", async (status) => {
    const other = await serve(() => good);
    const { url } = await serve(({ url: path }) => [
      status,
      "",
      { location: `${new URL(other.url).origin}${path}?token=secret` },
    ]);
    const error = await toFailure(openImpatient(url).chat);
    expect(error).toBeInstanceOf(PermanentError);
    expect(error.message).toBe(
      `${url} answered ${status} the server moved to ${other.url}/chat/completions: expected OPENAI_BASE_URL to lead there without a redirect`,
    );
    expect(other.asked).toEqual([]);
  });

  it.each(["http://[", "", undefined])("to %j is an error with its status", async (location) => {
    const { url } = await serve(() => [307, "", location === undefined ? {} : { location }]);
    const error = await toFailure(openImpatient(url).chat);
    expect(error).toBeInstanceOf(PermanentError);
    expect(error.message).toContain(`${url} answered 307 `);
  });

  it("to no server names it as it is", async () => {
    const { url } = await serve(() => [307, "", { location: "file:///etc/passwd" }]);
    const { message } = await toFailure(openImpatient(url).chat);
    expect(message).toContain("the server moved to file:///etc/passwd: expected");
  });

  it("of the list of models names the new place", async () => {
    const other = await serve(() => good);
    const { url } = await serve(() => [308, "", { location: `${other.url}/models` }]);
    const endpoint = { baseUrl: url, apiKey: "k-12345678", official: false };
    await expect(findOnlyModel(endpoint, { fetch })).rejects.toThrow(
      `the server moved to ${other.url}/models: expected OPENAI_BASE_URL to lead there`,
    );
    expect(other.asked).toEqual([]);
  });
});
