import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Example, repository, toAnswer, toExamplesJsonl } from "@seedling/core/internal";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Ended } from "./child.ts";
import { toTemporary } from "./temporary.ts";

const examples: Example[] = Array.from({ length: 30 }, (_, n) => ({
  question: `Is ${n}\u001b[31m odd?`,
  context: null,
  options: ["True", "False"],
  label: n % 3 === 0 ? 1 - (n % 2) : n % 2,
}));

/** A user's folder with one creation. */
function settle() {
  const cwd = toTemporary();
  const folder = join(cwd, "results/creations/yesno_close-odd/tree/ab12cd34ef56");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "created.jsonl"), toExamplesJsonl(examples));
  return { cwd, folder };
}

/** Types lines at the real audit, each when it is asked for; then the input ends, or it is killed. */
async function audit(
  cwd: string,
  args: string[],
  type: (shown: string, n: number) => string | null | "kill",
): Promise<Ended> {
  const { PATH = "", HOME = "" } = process.env;
  const script = join(repository, "packages/creator/src/audit.ts");
  const child = spawn(
    process.execPath,
    ["--conditions=source", "--import", "tsx", script, ...args],
    {
      cwd: repository,
      env: { PATH, HOME, INIT_CWD: cwd },
    },
  );
  onTestFinished(() => void child.kill("SIGKILL"));
  let [out, err, shown, asked] = ["", "", "", 0];
  child.stderr.on("data", (data) => {
    err += data;
  });
  child.stdout.on("data", (data) => {
    out += data;
    shown += data;
    if (!shown.endsWith("> ")) return;
    const line = type(shown, asked++);
    shown = "";
    if (line === "kill") child.kill("SIGKILL");
    else if (line === null) child.stdin.end();
    else child.stdin.write(`${line}\n`);
  });
  const code = await new Promise<number | null>((resolve) => void child.on("close", resolve));
  return { code, out, err };
}

/** What a person who knows types: the place of the right option. */
function answer(shown: string): string {
  const odd = Number(/Is (\d+)/.exec(shown)?.[1]) % 2 === 1;
  return new RegExp(`(\\d) {2}${odd ? "True" : "False"}`).exec(shown)?.[1] ?? "";
}

const readLines = (folder: string) =>
  readFileSync(join(folder, "audit.jsonl"), "utf8")
    .split("\n")
    .slice(1, -1)
    .map((line) => JSON.parse(line) as { line: number; answer: number | null });

describe("npm run audit", () => {
  it("labels a blind sample, is stopped and killed, goes on, and tells how many labels are right", async () => {
    const { cwd, folder } = settle();
    const args = ["results/creations/yesno_close-odd/tree/ab", "--sample", "20", "--seed", "3"];

    const first = await audit(cwd, args, (_, n) => ["s", "x", "1", "b", "s"][n] ?? "q");
    expect(first).toMatchObject({ code: 0, err: "" });
    expect(first.out).toContain("Expected 1 to 2, s, b or q, got x.");
    expect(first.out).toContain("no example labelled yet\n2 skipped");

    const killed = await audit(cwd, args, (shown, n) => (n === 6 ? "kill" : answer(shown)));
    expect(killed.code).toBeNull();
    expect(killed.out).toContain("20 to label, 2 labelled");
    expect(readLines(folder)).toHaveLength(3 + 6);

    const last = await audit(cwd, args, answer);
    expect(last).toMatchObject({ code: 0, err: "" });
    expect(last.out).toContain("20 to label, 8 labelled");
    const answers = new Map(readLines(folder).map(({ line, answer }) => [line, answer]));
    expect(answers.size).toBe(20);
    const known = [...answers].filter(([, answer]) => answer !== null);
    for (const [line, answer] of known) expect(answer).toBe(line % 2 === 1 ? 0 : 1);
    const right = known.filter(([line, answer]) => examples[line]?.label === answer).length;
    expect(last.out).toMatch(
      new RegExp(`right labels +${right} of 18 +${((100 * right) / 18).toFixed(1)} %`),
    );
    expect(last.out).toContain("2 skipped (can't tell)");
    expect(last.out).toContain(`of the 30 examples of this creation alone (${folder})`);

    const done = await audit(cwd, args, () => null);
    expect(done.out).toContain("20 to label, 20 labelled");
    expect(done.out).not.toContain("> ");
    for (const { out } of [first, killed, last, done]) expect(out).not.toContain("\u001b");
    expect(first.out).toContain("\\u001b[31m odd?");
  });

  it("takes all answers from a pipe at once, and ends where it ends", async () => {
    const { folder } = settle();
    const script = join(repository, "packages/creator/src/audit.ts");
    const out = execFileSync(
      process.execPath,
      ["--conditions=source", "--import", "tsx", script, folder],
      {
        cwd: repository,
        input: "1\ns\n2\n1",
        encoding: "utf8",
      },
    );
    expect(out).toContain("30 created examples, 30 to label, 0 labelled");
    expect(readLines(folder).map(({ answer }) => answer === null)).toEqual([
      false,
      true,
      false,
      false,
    ]);
    const right = readLines(folder).filter(
      ({ line, answer }) =>
        answer !== null && toAnswer(examples[line] as Example) === ["True", "False"][answer],
    );
    expect(out).toMatch(new RegExp(`right labels +${right.length} of 3 `));
  });

  it("starts anew where the created examples have changed, and keeps what there was", async () => {
    const { cwd, folder } = settle();
    await audit(cwd, [folder], (shown, n) => (n < 3 ? answer(shown) : "q"));
    const before = readFileSync(join(folder, "audit.jsonl"), "utf8");
    writeFileSync(join(folder, "created.jsonl"), toExamplesJsonl(examples.slice(1)));
    const { out } = await audit(cwd, [folder], () => "q");
    const kept = /: (\S+audit-[0-9a-f]{8}\.jsonl) keeps that/.exec(out)?.[1] ?? "";
    expect(readFileSync(kept, "utf8")).toBe(before);
    expect(out).toContain("29 created examples, 29 to label, 0 labelled");
  });

  it.each([
    [["nowhere"], 2, "expected a creation's folder, got nowhere"],
    [["results", "--sampel", "3"], 2, "unknown option '--sampel'"],
    [[], 2, "missing required argument 'run'"],
  ])("%j is refused", async (args, code, said) => {
    const { cwd } = settle();
    const ended = await audit(cwd, args, () => null);
    expect(ended.code).toBe(code);
    expect(ended.err).toContain(said);
    expect(ended.err).not.toMatch(/^\s+at /m);
  });

  it("is a script of the repository, with help", () => {
    const options = { cwd: repository, encoding: "utf8" } as const;
    const help = execFileSync("npm", ["run", "--silent", "audit", "--", "--help"], options);
    expect(help).toMatch(/--sample <n> +examples to label \(default: 50\)/);
    expect(help).toMatch(/--seed <s> .*\(default: 1\)/);
  });
});
