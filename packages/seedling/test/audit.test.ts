import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { type Example, repository, toAnswer, toExamplesJsonl } from "@seedling/core/internal";
import { findEntry, runProgram, startScript, tempFolder } from "@seedling/testing";
import { describe, expect, it } from "vitest";
import { audit } from "../src/audit.ts";

const examples: Example[] = Array.from({ length: 30 }, (_, n) => ({
  question: `Is ${n}\u001b[31m odd?`,
  context: null,
  options: ["True", "False"],
  label: n % 3 === 0 ? 1 - (n % 2) : n % 2,
}));

/** A user's folder with one creation. */
function settle() {
  const cwd = tempFolder();
  const folder = join(cwd, "results/creations/yesno_close-odd/tree/ab12cd34ef56");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "created.jsonl"), toExamplesJsonl(examples));
  return { cwd, folder };
}

/** Types lines, each when it is asked for; null ends the input. */
async function label(
  cwd: string,
  args: string[],
  type: (shown: string, n: number) => string | null,
) {
  const input = new PassThrough();
  let [seen, asked] = [0, 0];
  return runProgram(audit, args, {
    cwd,
    input,
    onOutput(out) {
      if (!out.endsWith("> ")) return;
      const line = type(out.slice(seen), asked++);
      seen = out.length;
      if (line === null) input.end();
      else input.write(`${line}\n`);
    },
  });
}

/** Labels in a process of its own, until it is killed at its n-th question. */
async function killAt(n: number, cwd: string, args: string[]): Promise<void> {
  let [seen, asked] = [0, 0];
  const { ended } = startScript(findEntry("seedling"), ["audit", ...args], {
    env: { INIT_CWD: cwd },
    input: null,
    onOutput(out, child) {
      if (!out.endsWith("> ")) return;
      if (asked++ === n) child.kill("SIGKILL");
      else child.stdin.write(`${answer(out.slice(seen))}\n`);
      seen = out.length;
    },
  });
  expect((await ended).signal).toBe("SIGKILL");
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

describe("audit", () => {
  it("labels a blind sample, is stopped and killed, goes on, and tells how many labels are right", async () => {
    const { cwd, folder } = settle();
    const args = ["results/creations/yesno_close-odd/tree/ab", "--sample", "20", "--seed", "3"];

    const first = await label(cwd, args, (_, n) => ["s", "x", "1", "b", "s"][n] ?? "q");
    expect(first).toMatchObject({ code: 0, err: "" });
    expect(first.out).toContain("Expected 1 to 2, s, b or q, got x.");
    expect(first.out).toContain("no example labelled yet\n2 skipped");

    await killAt(6, cwd, args);
    expect(readLines(folder)).toHaveLength(3 + 6);

    const last = await label(cwd, args, answer);
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

    const done = await label(cwd, args, () => null);
    expect(done.out).toContain("20 to label, 20 labelled");
    expect(done.out).not.toContain("> ");
    for (const { out } of [first, last, done]) expect(out).not.toContain("\u001b");
    expect(first.out).toContain("\\u001b[31m odd?");
  });

  it("takes all answers from a pipe at once, and ends where it ends", async () => {
    const { folder } = settle();
    const { out } = await runProgram(audit, [folder], { input: "1\ns\n2\n1" });
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
    await label(cwd, [folder], (shown, n) => (n < 3 ? answer(shown) : "q"));
    const before = readFileSync(join(folder, "audit.jsonl"), "utf8");
    writeFileSync(join(folder, "created.jsonl"), toExamplesJsonl(examples.slice(1)));
    const { out } = await label(cwd, [folder], () => "q");
    const kept = /: (\S+audit-[0-9a-f]{8}\.jsonl) keeps that/.exec(out)?.[1] ?? "";
    expect(readFileSync(kept, "utf8")).toBe(before);
    expect(out).toContain("29 created examples, 29 to label, 0 labelled");
  });

  it("finds a creation in the results folder that is given", async () => {
    const { cwd } = settle();
    renameSync(join(cwd, "results"), join(cwd, "elsewhere"));
    const args = ["yesno_close-odd", "--results", "elsewhere"];
    const { code, out } = await label(cwd, args, () => "q");
    expect(code).toBe(0);
    expect(out).toContain(
      `${cwd}/elsewhere/creations/yesno_close-odd/tree/ab12cd34ef56: 30 created`,
    );
  });

  it("has no key in its errors", async () => {
    const { code, err } = await runProgram(audit, ["/sk-secret-0123456789"]);
    expect(code).toBe(2);
    expect(err).toMatch(/^expected a creation's folder, got \/\[key removed\]/);
  });

  it.each([
    [["nowhere"], "expected a creation's folder, got nowhere"],
    [["results", "--sampel", "3"], "unknown option '--sampel'"],
    [[], "missing required argument 'run'"],
    [["x", "y"], "too many arguments"],
    [["x", "--sample", "0"], "'0' is invalid. expected a whole number from 1 on"],
    [["x", "--seed", "1.5"], "'1.5' is invalid. expected a whole number from 0 on"],
    [["x", "--results", "none"], "--results: no folder"],
  ])("%j is refused", async (args, message) => {
    const { cwd } = settle();
    const { code, err } = await label(cwd, args, () => null);
    expect(code).toBe(2);
    expect(err).toContain(message);
    expect(err).not.toMatch(/^\s+at /m);
  });

  it("is interrupted with its answers kept", async () => {
    const { cwd, folder } = settle();
    const { code, err } = await runProgram(audit, [folder], {
      cwd,
      waits: true,
      onOutput: (out, interrupt) => {
        if (out.endsWith("> ")) interrupt();
      },
    });
    expect({ code, err }).toEqual({
      code: 130,
      err: `interrupted; the answers so far are in ${folder}/audit.jsonl\n`,
    });
  });

  it("is a script of the repository, with help that has the defaults", () => {
    const options = { cwd: repository, encoding: "utf8" } as const;
    const help = execFileSync("npm", ["run", "--silent", "audit", "--", "--help"], options);
    expect(help).toMatch(/^Usage: npm run audit -- /);
    expect(help).toMatch(/--sample <n> +examples to label \(default: 50\)/);
    expect(help).toMatch(/--seed <s> .*\(default: 1\)/);
  });
});
