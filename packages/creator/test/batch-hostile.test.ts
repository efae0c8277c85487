import { openServer, tempFolder } from "@seedling/testing";
import { describe, expect, it } from "vitest";
import { openLedger } from "../src/llm/ledger.ts";
import { fail, hasOpenBatch, invoke, parameters, toRequests } from "./batch-invocations.ts";
import type { BatchServer } from "./batch-server.ts";

const requests = toRequests(3);
const deep = `${"[".repeat(20_000)}${"]".repeat(20_000)}`;
const at = "2026-01-01T00:00:00.000Z";

/** A folder with a batch that is out; `lost`: its submission was cut off. */
function toFolder(lost = false): string {
  const folder = tempFolder();
  const ledger = openLedger(folder, () => {});
  const worst = { promptTokens: 9, completionTokens: 9 };
  const facts = { mark: "a", wave: 1, parameters, requests: 3, worst, adapted: [], at };
  ledger.takeBatch({ event: "submitting", ...facts });
  if (!lost) ledger.takeBatch({ event: "submitted", mark: "a", batch: "b1", at });
  ledger.close();
  return folder;
}

/** A server of one batch: what it answers by the end of the path. */
async function serve(answers: Record<string, string | ((url: URL) => string)>) {
  const url = await openServer((request, response) => {
    request.resume();
    const asked = new URL(request.url ?? "", "http://host");
    const found = Object.keys(answers).find((end) => asked.pathname.endsWith(end));
    const answer = answers[found ?? ""] ?? "{}";
    response.writeHead(200, { "content-type": "application/json" });
    response.end(typeof answer === "string" ? answer : answer(asked));
  });
  return { url: `${url}/v1` } as BatchServer;
}

const batch = { id: "b1", status: "completed", created_at: 1_770_000_000, output_file_id: "f1" };
const toText = (more: object) => JSON.stringify({ ...batch, ...more });

describe("a batch whose description is absurd is a sentence", () => {
  it.each<[string, string, string]>([
    ["a date in no calendar", toText({ completed_at: 1e15 }), "(completed_at: Too big"],
    ["a creation before time", toText({ created_at: -1 }), "(created_at: Too small"],
    ["a date that is a text", toText({ expired_at: "soon" }), "(expired_at: Invalid input"],
    ["no object", '"completed"', "(Invalid input"],
    ["a name that is none", toText({ id: { a: 1 } }), "(id: Invalid input"],
    ["a file that is none", toText({ output_file_id: [1] }), "(output_file_id: Invalid input"],
    ["a deep object", `{"id":"b1","errors":${deep}}`, "nested deeper than 100 levels"],
  ])("%s", async (_, text, said) => {
    const server = await serve({ "/batches/b1": text });
    const folder = toFolder();
    const message = await fail(invoke(server, folder, requests));
    expect(message).toContain(server.url);
    expect(message).toContain(said);
    expect(message.length).toBeLessThan(500);
    expect(hasOpenBatch(folder)).toBe(true);
  });

  it("but what is only told is passed over where it has another form", async () => {
    const more = { errors: "none", request_counts: ["x"], metadata: 7, completed_at: null };
    const server = await serve({ "/batches/b1": toText({ ...more, output_file_id: null }) });
    const { logged } = await invoke(server, toFolder(), requests, { retries: 0 });
    expect(logged).toEqual(["batch b1: completed, 0 of 3 replies collected, 3 missing"]);
  });
});

describe("pages of batches", () => {
  it("without an end are a sentence, not an endless search", async () => {
    let asked = 0;
    const data = Array.from({ length: 100 }, (_, i) => ({ ...batch, id: `other-${i}` }));
    const server = await serve({
      "/batches": () => {
        asked += 1;
        return JSON.stringify({ object: "list", data, has_more: true });
      },
    });
    expect(await fail(invoke(server, toFolder(true), requests))).toBe(
      `${server.url} lists more than 10000 batches since ${at}: the one that was submitted then cannot be found among them`,
    );
    expect(asked).toBe(101);
  });
});

describe("a file of a batch", () => {
  const reply = { choices: [{ message: { content: "Hello" }, finish_reason: "stop" }], model: "m" };
  const toLine = (key: string, body: unknown = reply) =>
    JSON.stringify({ custom_id: key, response: { status_code: 200, body } });
  const collect = async (file: string) => {
    const server = await serve({ "/batches/b1": toText({}), "/content": file });
    return { server, ...(await invoke(server, toFolder(), requests, { retries: 0 })) };
  };
  const keys = requests.map(({ key }) => key);

  it.each<[string, string, string]>([
    ["above 16 MB", `"${"x".repeat(17 * 2 ** 20)}"`, "a line is longer than 16 MB"],
    [
      "of 20,000 levels",
      `{"custom_id":"x","response":{"status_code":200,"body":${deep}}}`,
      "a line is nested deeper than 100 levels",
    ],
  ])("is read but for a line %s", async (_, line, said) => {
    const file = `${toLine(keys[0] ?? "")}\n${line}\n\n${toLine(keys[1] ?? "")}`;
    const { replies, logged } = await collect(file);
    expect([...replies.keys()]).toEqual(keys.slice(0, 2));
    expect(logged).toEqual([`batch b1: completed, 2 of 3 replies collected, 1 missing (${said})`]);
  });

  it("with more lines than requests is a sentence", async () => {
    const server = await serve({
      "/batches/b1": toText({}),
      "/content": `${toLine("x")}\n`.repeat(4),
    });
    expect(await fail(invoke(server, toFolder(), requests, { retries: 0 }))).toBe(
      `${server.url}: expected 3 lines in f1, one a request, got more`,
    );
  });

  it("that trickles blank lines is bound by the timeout", async () => {
    const url = await openServer((request, response) => {
      request.resume();
      response.writeHead(200, { "content-type": "application/json" });
      if (!request.url?.endsWith("/content")) return void response.end(toText({}));
      const trickle = setInterval(() => response.write("\n"), 20);
      response.on("close", () => clearInterval(trickle));
    });
    const server = { url: `${url}/v1` } as BatchServer;
    const more = { retries: 0, timeout: 0.2 };
    expect(await fail(invoke(server, toFolder(), requests, more))).toBe(
      `${server.url} did not answer within 0.2 s (--timeout)`,
    );
  });
});
