import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { hubToken, openHub, runProgram, tempFolder } from "@seedling/testing";
import { describe, expect, it } from "vitest";
import { isRepoName, pushFolder } from "../src/export/push.ts";
import { exportCommand } from "../src/export.ts";

const contents = { "README.md": "# A data set", "data/train.parquet": "PAR1 and so on" };
const files = Object.keys(contents);
const dataset = "datasets/ada/reviews";

type Hub = Awaited<ReturnType<typeof openHub>>;

/** Pushes two files. @returns what was said and came of it */
async function push(hub: Hub, more: Partial<Parameters<typeof pushFolder>[1]> = {}) {
  const lines: string[] = [];
  const options = { repo: "ada/reviews", kind: "dataset", files, token: hubToken } as const;
  const end = await pushFolder(tempFolder(contents), {
    ...options,
    endpoint: hub.url,
    log: (line) => lines.push(line),
    ...more,
  }).catch((error: Error) => error);
  return { lines, end: end instanceof Error ? `${end.name}: ${end.message}` : end };
}

const readCommit = (hub: Hub) =>
  Object.fromEntries(
    Array.from(hub.repos.get(dataset)?.commits[0]?.files ?? [], ([path, bytes]) => [
      path,
      String(bytes),
    ]),
  );

describe("pushFolder", () => {
  it("creates a private repository and sends one commit, having said what and where to", async () => {
    const hub = await openHub();
    const { lines, end } = await push(hub);
    const page = `${hub.url}/${dataset}`;
    expect(lines).toEqual([
      `Sends 2 files, 26 bytes, to ${page}, private, and nothing else: README.md, data/train.parquet`,
    ]);
    expect(end).toBe(
      `${page} has 2 files in one commit, and is private: --public opens it, when you have looked at it`,
    );
    expect(hub.repos.get(dataset)).toMatchObject({ isPrivate: true, commits: [{}] });
    expect(readCommit(hub)).toEqual(contents);
  });

  it("makes it public when all is there", async () => {
    const hub = await openHub();
    await push(hub);
    const { end } = await push(hub, { isPublic: true });
    expect(end).toContain("in one commit, and is public");
    expect(hub.repos.get(dataset)?.isPrivate).toBe(false);
    expect(hub.requests.at(-1)).toBe("PUT /api/datasets/ada/reviews/settings");
  });

  it("sends nothing to a repository that is there and public", async () => {
    const hub = await openHub();
    await push(hub, { isPublic: true });
    const before = hub.requests.length;
    expect((await push(hub)).end).toContain(
      "expected a private repository or none, and it is there and public: nothing was sent",
    );
    expect(hub.requests.slice(before)).toEqual([
      "POST /api/repos/create",
      "GET /api/datasets/ada/reviews/revision/HEAD",
    ]);
  });

  it.each([
    ["while a file is sent", "PUT /lfs", 2],
    ["while the commit is sent", "POST /api/datasets/ada/reviews/commit", 1],
  ])("goes on after a connection that was cut %s", async (_, where, sent) => {
    let isCut = false;
    const hub = await openHub((request) => {
      if (isCut || !request.startsWith(where)) return null;
      isCut = true;
      return "cut";
    });
    const { end } = await push(hub);
    expect(end).toMatch(/^ExpectedError: .*the files were not sent: the connection failed/);
    expect(end).toContain("nothing was committed, and the same command goes on from here");
    const { lines, end: second } = await push(hub);
    expect(lines[1]).toContain("It is there: it gets a further commit");
    expect(second).toContain("has 2 files in one commit");
    expect(readCommit(hub)).toEqual(contents);
    expect(hub.requests.filter((one) => one.startsWith("PUT /lfs"))).toHaveLength(sent);
  });

  it.each<[number, string, string]>([
    [403, "POST /api/repos/create", "it was not created: HF_TOKEN may not write there (403)"],
    [413, "PUT /lfs", "the files were not sent: the hub finds a file too large (413)"],
    [429, "POST /api/datasets", "the hub asks to wait (429)"],
    [500, "POST /api/datasets/ada/reviews/commit", "status 500, a fault of the test"],
  ])("says what to do at %i of %s", async (status, where, sentence) => {
    const hub = await openHub((request) => (request.startsWith(where) ? status : null));
    const { end } = await push(hub);
    expect(end).toMatch(/^ExpectedError: /);
    expect(end).toContain(sentence);
    expect(hub.repos.get(dataset)?.commits ?? []).toEqual([]);
  });

  it("says that a repository was not made public", async () => {
    const hub = await openHub((request) => (request.endsWith("/settings") ? 500 : null));
    expect((await push(hub, { isPublic: true })).end).toContain(
      "all files are there, but it was not made public",
    );
  });

  it("names a token that the hub does not know, and never shows it", async () => {
    const hub = await openHub();
    const token = "hf_zyxwvutsrqponmlkjihg9876";
    const { end, lines } = await push(hub, { token });
    expect(end).toContain("the hub does not know HF_TOKEN (401)");
    expect(`${end}${lines}`).not.toContain(token);
    expect((await push(hub, { token: "secret" })).end).toContain("which begins with hf_");
  });

  it.each([
    ["ada/reviews", true],
    ["a-d_a/re.v-1", true],
    ["reviews", false],
    ["ada/re views", false],
    ["ada/../x", false],
    ["ada/x--y", false],
    ["ada/x.git", false],
    [`ada/${"x".repeat(93)}`, false],
  ])("%s: %s", (name, isOne) => {
    expect(isRepoName(name)).toBe(isOne);
  });
});

describe("export --push", () => {
  const fixture = join(import.meta.dirname, "../../eval/test/fixtures/results-f62f4f1/results");
  const args = [join(fixture, "creations/reviews/tree/5f8fdc912192"), "--to", "dataset"];

  it("sends a creation, leaves nothing here, and writes the token nowhere", async () => {
    const hub = await openHub();
    const env = { HF_TOKEN: hubToken, HF_ENDPOINT: `${hub.url}/` };
    const line = [...args, "--push", "ada/reviews"];
    const { code, out, err } = await runProgram(exportCommand, line, { env, fetch });
    expect([code, err]).toEqual([0, ""]);
    expect(out).toContain(`to ${hub.url}/datasets/ada/reviews, private, and nothing else`);
    const sent = readCommit(hub);
    expect(Object.keys(sent).sort()).toEqual(["README.md", "data/train-00000-of-00001.parquet"]);
    expect(existsSync(join(args[0] ?? "", "dataset"))).toBe(false);
    expect(`${out}${Object.values(sent).join()}`).not.toContain(hubToken);
  });

  it("keeps what --out names", async () => {
    const hub = await openHub();
    const to = join(tempFolder(), "out");
    const env = { HF_TOKEN: hubToken, HF_ENDPOINT: hub.url };
    const line = [...args, "--push", "ada/reviews", "--out", to];
    await runProgram(exportCommand, line, { env, fetch });
    expect(readFileSync(join(to, "README.md"), "utf8")).toBe(readCommit(hub)["README.md"]);
  });

  it.each([
    [["--push", "ada/reviews"], "--push: expected a token with write access in HF_TOKEN"],
    [["--push", "reviews"], "expected USER/NAME"],
    [["--public"], "--public: expected --push USER/NAME with it"],
  ])("refuses %j before anything is written", async (more, sentence) => {
    const { code, err } = await runProgram(exportCommand, [...args, ...more]);
    expect(code).toBe(2);
    expect(err).toContain(sentence);
  });
});
