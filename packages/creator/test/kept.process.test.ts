import { execFileSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { normaliseQuestion } from "@seedling/core/internal";
import type { ServerOptions } from "@seedling/testing";
import { describe, expect, it } from "vitest";
import { findCreation, readKeys, readText, runCreator } from "./run-creator.ts";
import { createOnce, readLines, readManifest, serve, settle } from "./run-once.ts";

describe("a creation", () => {
  it("tells of every candidate that was not kept, why, and what it repeats", async () => {
    const { code, out, creation } = await createOnce("--setting tree --examples 120");
    expect(code).toBe(0);
    const manifest = readManifest(creation);
    const rejected = readLines(creation, "rejected.jsonl");
    const created = readLines(creation, "created.jsonl");
    const sum = Object.values(manifest.rejections).reduce((all, n) => all + n, 0);
    expect(rejected).toHaveLength(sum);
    const steps = Object.fromEntries(manifest.funnel.map(({ step, n }) => [step, n]));
    expect(steps.kept).toBe(120);
    expect(steps.candidates).toBe(120 + rejected.filter(({ candidate }) => candidate).length);
    const duplicates = rejected.filter(({ reason }) => reason === "duplicate");
    expect(duplicates.length).toBeGreaterThan(0);
    for (const { closeTo, candidate, field } of duplicates) {
      expect(field).toBe("question");
      expect(normaliseQuestion(candidate.question)).toBe(
        normaliseQuestion(created[closeTo.created].question),
      );
    }
    const labels = Object.values(manifest.labels).reduce((all, n) => all + n, 0);
    expect(labels).toBe(120);
    expect(manifest.levels.reduce((all, { n }) => all + n, 0)).toBe(120);
    expect(manifest.contamination).toMatchObject({ kept: 0, overlap: 0.7 });
    expect(out).toMatch(/kept +120 /);
  });

  it("asks for each label in turn, by the request's place, with --balance", async () => {
    const { server, creation } = await createOnce("--setting naive --examples 40 --balance");
    const wanted = server.asked.map(
      ({ body }) => /right answer .* is "(\w+)"/.exec(body.messages[0]?.content ?? "")?.[1],
    );
    expect(new Set(wanted)).toEqual(new Set(["True", "False"]));
    const lineages = readLines(creation, "lineage.jsonl");
    const byKey = new Map(server.asked.map(({ key }, i) => [key, wanted[i]]));
    // Until one of them is full.
    for (const { request, key } of lineages.slice(0, 20))
      expect(byKey.get(key)).toBe(request % 2 === 0 ? "True" : "False");
    expect(readManifest(creation).labels).toEqual({ True: 20, False: 20 });
  });

  it("counts what is too close to an evaluated item, and rejects it with --reject contaminated", async () => {
    const { cwd, results, toArgs, from } = settle();
    const server = await serve();
    expect((await runCreator(toArgs("--setting naive --examples 40"), from(server.url))).code).toBe(
      0,
    );
    const first = findCreation(results);
    const [, , leaked] = readLines(first, "created.jsonl");
    rmSync(results, { recursive: true });
    const test = join(cwd, "data/yesno_open/boolq/test.jsonl");
    const rows = readFileSync(test, "utf8");
    writeFileSync(
      test,
      `${rows.trimEnd()}\n${JSON.stringify({ ...leaked, question: `${leaked.question.toUpperCase()}` })}\n`,
    );
    await runCreator(toArgs("--setting naive --examples 40"), from(server.url));
    const counted = findCreation(results);
    const row = rows.trimEnd().split("\n").length;
    // Others of the toy model's may be close to it, too.
    expect(readManifest(counted).contamination?.kept).toBeGreaterThan(0);
    expect(readLines(counted, "lineage.jsonl")[2].closeTo).toMatchObject({
      task: "yesno_open/boolq",
      split: "test",
      row,
      field: "question",
    });
    rmSync(results, { recursive: true });
    await runCreator(
      toArgs("--setting naive --examples 40 --reject contaminated"),
      from(server.url),
    );
    const filtered = findCreation(results);
    const questions = readLines(filtered, "created.jsonl").map(({ question }) => question);
    expect(questions).not.toContain(leaked.question);
    expect(questions).toHaveLength(40);
    const rejections = readLines(filtered, "rejected.jsonl");
    expect(rejections.filter(({ reason }) => reason === "contaminated")[0]).toMatchObject({
      field: "question",
      closeTo: { task: "yesno_open/boolq", split: "test", row },
      candidate: { question: leaked.question },
    });
  });

  it("falls back with one line where a server has no structured output, and keeps its promise where it has", async () => {
    const plain = await createOnce("--setting naive --examples 20 --reply schema", {
      refuses: ["response_format"],
    });
    expect(plain.code).toBe(0);
    expect(plain.out.match(/going on without/g)).toHaveLength(1);
    const having = await createOnce("--setting naive --examples 20 --reply schema");
    expect(having.code).toBe(0);
    expect(having.out).not.toContain("going on without");
    expect(having.server.asked[0]?.body).toMatchObject({
      response_format: { type: "json_schema", json_schema: { strict: true } },
    });
  });
});

describe("a label check", () => {
  it("stores how many answers agree, filters by it, and says so", async () => {
    const { code, out, creation, server } = await createOnce(
      "--setting tree --examples 30 --verify 3 --min-agreement 0.5",
    );
    expect(code).toBe(0);
    const lineages = readLines(creation, "lineage.jsonl");
    expect(lineages).toHaveLength(30);
    for (const { agreement } of lineages) {
      expect(agreement.asked).toBe(3);
      expect(agreement.agreed / 3).toBeGreaterThanOrEqual(0.5);
    }
    const shown = server.asked.map(({ body }) => body.messages[1]?.content ?? "");
    expect(shown.filter((text) => !text.includes('"Answer"')).length).toBeGreaterThanOrEqual(90);
    const manifest = readManifest(creation);
    expect(manifest.rejections["too little agreement"]).toBeGreaterThan(0);
    expect(manifest.labelCheck).toMatchObject({ model: "test-model", times: 3 });
    expect(out).toMatch(/label check: .* of the answers agree/);
  });

  it("decides the label by --relabel, asking what --verify asks, and offers it where few answers agree", async () => {
    const line = "--setting naive --examples 20";
    const verified = await createOnce(`${line} --verify 1`);
    expect(verified.out).toMatch(
      /\n {2}only \d\d\.\d % of the answers agree with the created labels: --relabel takes the answers as labels\n/,
    );
    const { code, out, creation, server } = await createOnce(`${line} --relabel`);
    expect(code).toBe(0);
    const labels = readLines(creation, "created.jsonl").map(({ label }) => String(label));
    const lineages = readLines(creation, "lineage.jsonl");
    const created = readLines(verified.creation, "created.jsonl");
    expect(created.map(({ label }) => String(label).toLowerCase())).toEqual(
      lineages.map(({ created }) => created.toLowerCase()),
    );
    const changed = labels.filter(
      (label, i) => label.toLowerCase() !== lineages[i].created.toLowerCase(),
    );
    expect(changed.length).toBeGreaterThan(0);
    expect(out).toContain(`\n  relabelled: ${changed.length} of 20 kept\n`);
    expect(out).toMatch(
      /\n {2}only \d\d\.\d % of the answers agree with the created labels, which they replaced: compare both by npm run review -- ".+\/naive\/\w+"\n/,
    );
    const check = readManifest(verified.creation).labelCheck;
    expect(readManifest(creation).labelCheck).toEqual({ ...check, relabelled: changed.length });
    expect(new Set(server.asked.map(({ key }) => key))).toEqual(
      new Set(verified.server.asked.map(({ key }) => key)),
    );
  });

  it("by letters stores probabilities, and its recording replays", async () => {
    const { cwd, toArgs, from } = settle();
    const server = await serve();
    const line = "--setting naive --examples 12 --relabel --answers letters";
    expect((await runCreator(toArgs(line), from(server.url))).code).toBe(0);
    const creation = findCreation(join(cwd, "results"));
    const labels = readLines(creation, "created.jsonl").map(({ label }) => label);
    for (const [i, { agreement }] of readLines(creation, "lineage.jsonl").entries()) {
      const [isTrue, isFalse] = agreement.probabilities;
      // The server's model gives the right letter 6 to 1, and the first of both orders 2 more.
      expect(Math.max(isTrue, isFalse)).toBeCloseTo((8 / 9 + 6 / 9) / 2, 12);
      expect(labels[i]).toBe(isTrue > isFalse);
    }
    const asked = server.asked.filter(({ body }) => body.logprobs);
    expect(asked[0]?.body).toMatchObject({ max_tokens: 1, top_logprobs: 20 });
    expect(server.asked.indexOf(asked[1] as never)).toBe(1);
    expect(readManifest(creation).labelCheck?.times).toBe(2);
    const flags = ["--data", "boolq", "--data-dir", "data", "--setting", "naive"];
    const again = ["--replay", creation, "--results", "again"];
    expect((await runCreator([...flags, ...again], { cwd })).code).toBe(0);
    for (const name of ["created.jsonl", "lineage.jsonl"])
      expect(readText(findCreation(join(cwd, "again")), name)).toBe(readText(creation, name));
  });

  it.each<[string, ServerOptions, RegExp]>([
    ["ignores", { logprobs: false }, /the server gives none for test-model-2026: ask for answers/],
    ["refuses", { refuses: ["logprobs"] }, /answers by letters: .*'logprobs' is not supported/],
  ])("by letters ends before anything is created where a server %s them", async (_, more, said) => {
    const line = "--setting naive --examples 12 --verify 1 --answers letters";
    const { out, err, server } = await createOnce(line, more);
    expect(out + err).toMatch(said);
    expect(server.asked.every(({ body }) => body.logprobs)).toBe(true);
  });

  it("leaves no answer behind that is paid for: each stands in the journal", async () => {
    const { code, err, creation, server } = await createOnce(
      "--setting tree --examples 7 --verify 4 --concurrency 16",
      { latency: (n) => 5 + ((n * 7) % 5) * 30 },
    );
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(readKeys(creation)).toHaveLength(server.asked.length);
    expect(readManifest(creation).lost.requests).toBe(0);
  });

  it("keeps the same at any concurrency", async () => {
    const line = "--setting tree --examples 30 --verify 2 --min-agreement 1 --concurrency";
    const one = await createOnce(`${line} 1`);
    const many = await createOnce(`${line} 16`, { latency: (n) => 5 + ((n * 7) % 5) * 8 });
    for (const name of ["created.jsonl", "lineage.jsonl", "rejected.jsonl"])
      expect(readText(many.creation, name)).toBe(readText(one.creation, name));
  });
});

describe("a recording of chains, of a label check and of filters", () => {
  it("replays without a server to the same files", async () => {
    const { cwd, toArgs, from } = settle();
    const server = await serve();
    const line =
      "--setting random --chains 3 --examples 30 --verify 2 --min-agreement 0.5 --balance --reject near-duplicate";
    expect((await runCreator(toArgs(line), from(server.url))).code).toBe(0);
    const first = findCreation(join(cwd, "results"));
    const replay = ["--data", "boolq", "--data-dir", "data", "--setting", "random"];
    const again = [...replay, "--replay", first, "--results", "again"];
    const replayed = await runCreator(again, { cwd });
    expect(replayed.out).toContain("30 of 30 kept");
    const second = findCreation(join(cwd, "again"));
    const names = ["created.jsonl", "lineage.jsonl", "rejected.jsonl", "example.jsonl"];
    for (const name of names) expect(readText(second, name)).toBe(readText(first, name));
    expect(readManifest(second).completions.kind).toBe("replay");

    // As it is published: the example is drawn again, and compared by its hash; what replies repeat of it is filled in.
    const example = readText(first, "example.jsonl");
    const repeated = `Like ${example.slice(1, 90)}: `;
    const journal = readLines(first, "journal.jsonl").map(({ text, ...line }) =>
      JSON.stringify({ ...line, text: text.startsWith("[") ? `${repeated}${text}` : text }),
    );
    writeFileSync(join(first, "journal.jsonl"), `${journal.join("\n")}\n`);
    const script = fileURLToPath(new URL("../../../scripts/make-replays.mjs", import.meta.url));
    execFileSync(process.execPath, [script, join(cwd, "results"), join(cwd, "published")]);
    const published = join(cwd, "published/yesno_open-boolq/random");
    expect(readText(published, "journal.jsonl")).toContain("Like {{example 1+89}}: [");
    const drawn = [...replay, "--replay", published, "--results"];
    expect((await runCreator([...drawn, "drawn"], { cwd })).code).toBe(0);
    for (const name of names)
      expect(readText(findCreation(join(cwd, "drawn")), name)).toBe(readText(second, name));
    const flags = {
      ...JSON.parse(readText(published, "flags.json")),
      exampleSha256: "0f".repeat(32),
    };
    writeFileSync(join(published, "flags.json"), JSON.stringify(flags));
    const refused = await runCreator([...drawn, "refused"], { cwd });
    expect(refused.out + refused.err).toMatch(
      /made from another formatting example than seed 1 draws .* expected SHA-256 0f0f0f0f0f0f, got /,
    );
  });
});
