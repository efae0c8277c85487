import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";
import { openServer } from "./local-server.ts";

/** A repository of a hub. */
interface HubRepo {
  isPrivate: boolean;
  /** The latest first. Files by their paths. */
  commits: { summary: string; files: Map<string, Buffer> }[];
}

/** What is done in place of an answer: a status, or a connection that is cut while the request is read. */
type HubFault = number | "cut";

/** A token that the hub knows; it may write to repositories of `ada`. */
export const hubToken = "hf_abcdefghijklmnopqrstuvwx1234";

/** What the hub stores as large files. */
const isLarge = (path: string) => /\.(parquet|onnx|safetensors)$/.test(path);

/**
 * A server on this machine that speaks what of the hub's protocol a push needs: create, preupload, LFS's batch and
 * upload, a commit as NDJSON, settings. Closed after the test.
 * @param fault of a request, such as `PUT /lfs`; null: it is answered
 */
export async function openHub(fault: (request: string) => HubFault | null = () => null) {
  const repos = new Map<string, HubRepo>();
  const objects = new Map<string, Buffer>();
  /** Methods and paths, in their order. */
  const requests: string[] = [];
  const url = await openServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      response.writeHead(500).end(String(error));
    });
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = "", headers } = request;
    const path = decodeURIComponent((request.url ?? "").replace(/\?.*/, ""));
    const send = (status: number, value: unknown, type = "application/json") => {
      response.writeHead(status, { "content-type": type, "x-request-id": "r1" });
      response.end(JSON.stringify(value));
    };
    const refuse = (status: number, error: string) => send(status, { error });
    requests.push(`${method} ${path}`);
    const faulty = fault(`${method} ${path}`);
    if (faulty === "cut") {
      request.once("data", () => request.socket.destroy());
      return;
    }
    const body = await buffer(request);
    if (faulty !== null) return refuse(faulty, "a fault of the test");
    const upload = /^\/lfs\/(\w+)$/.exec(path);
    if (upload?.[1]) {
      // A store's address carries a signature; the token is for the hub alone.
      if (headers.authorization) return refuse(400, "a token was sent to the store");
      if (hash(body) !== upload[1] || Number(headers["content-length"]) !== body.length)
        return refuse(400, "other bytes than announced");
      objects.set(upload[1], body);
      return send(200, {});
    }
    if (headers.authorization !== `Bearer ${hubToken}`)
      return refuse(401, "Invalid username or password.");
    if (path === "/api/repos/create") {
      const { name, organization, type, visibility } = JSON.parse(String(body));
      if (organization !== "ada") return refuse(403, "You don't have the rights to do that");
      const id = `${type}s/${organization}/${name}`;
      if (repos.has(id)) return refuse(409, "You already created this repo");
      repos.set(id, { isPrivate: visibility === "private", commits: [] });
      return send(200, { url: `${url}/${id}`, id: `${organization}/${name}` });
    }
    const [, id = "", action = ""] =
      /^\/api\/((?:model|dataset)s\/[^/]+\/[^/]+)\/(\w+)/.exec(path) ??
      /^\/((?:datasets\/)?[^/]+\/[^/]+)\.git\/info\/lfs\/objects\/(batch)$/.exec(path) ??
      [];
    const repo = repos.get(id) ?? repos.get(`models/${id}`);
    if (!repo) return refuse(404, "Repository not found");
    const actions: Record<string, () => void> = {
      revision: () => send(200, { _id: "1", id, private: repo.isPrivate, lastModified: 0 }),
      preupload() {
        const { files } = JSON.parse(String(body)) as { files: { path: string }[] };
        const toMode = ({ path }: { path: string }) => (isLarge(path) ? "lfs" : "regular");
        send(200, { files: files.map((one) => ({ path: one.path, uploadMode: toMode(one) })) });
      },
      batch() {
        const given = JSON.parse(String(body)) as { objects: { oid: string; size: number }[] };
        const toAnswer = (one: { oid: string; size: number }) => ({
          ...one,
          ...(!objects.has(one.oid) && { actions: { upload: { href: `${url}/lfs/${one.oid}` } } }),
        });
        const value = { transfer: "basic", objects: given.objects.map(toAnswer) };
        send(200, value, "application/vnd.git-lfs+json");
      },
      commit() {
        const lines = String(body).split("\n");
        const operations = lines.map((line) => JSON.parse(line));
        const files = new Map(repo.commits[0]?.files);
        for (const { key, value } of operations) {
          if (key === "file") files.set(value.path, Buffer.from(value.content, value.encoding));
          const object = objects.get(value.oid);
          if (key === "lfsFile" && !object) return refuse(400, `no object ${value.oid}`);
          if (object) files.set(value.path, object);
        }
        repo.commits.unshift({ summary: operations[0].value.summary, files });
        send(200, { success: true, commitOid: "c0ffee", commitUrl: `${url}/c0ffee` });
      },
      settings() {
        repo.isPrivate = JSON.parse(String(body)).private;
        send(200, {});
      },
    };
    const act = actions[action];
    return act ? act() : refuse(404, "no such page");
  }

  return { url, repos, requests };
}

const hash = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");
