import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  createRandom,
  paperSettings,
  parseExamples,
  projectFolders,
} from "@seedling/core/internal";
import { caseCount } from "@seedling/testing";
import { describe, expect, it } from "vitest";
import {
  type CheckContext,
  chooseChecks,
  findMissedStep,
  judgeCandidate,
} from "../src/filters/checks.ts";
import type { Completion } from "../src/llm/chat.ts";
import type { Shape } from "../src/prompt/prompt.ts";
import {
  countRejection,
  isRejection,
  isWholeReply,
  type Rejection,
  type RejectionCounts,
  reasons,
} from "../src/reply/candidate.ts";
import { findObjects } from "../src/reply/find-objects.ts";
import { mutate } from "./mutate.ts";
import { replyRules } from "./reading-words.ts";

const recordings = join(projectFolders.recordings, "yesno_open-boolq");

/** The real replies of the bundled creations, with the formatting example of each. */
const replies = paperSettings.flatMap((setting) => {
  const path = join(recordings, setting, "example.jsonl");
  const [formatting] = parseExamples(readFileSync(path, "utf8"), path);
  if (!formatting) throw new Error(path);
  const shape: Shape = { formatting, options: "fixed" };
  const lines = readFileSync(join(recordings, setting, "journal.jsonl"), "utf8")
    .trim()
    .split("\n");
  return lines.map((line) => ({ completion: JSON.parse(line) as Completion, shape }));
});

const checks = chooseChecks({ reject: null, allow: null });

/** The texts as they are, or in the original's form: this model's own the strict rule never keeps. */
const forms = {
  salvage: (text: string) => text,
  strict: (text: string) => findObjects(text).join("\n\n"),
};

describe("mutated replies", () => {
  it.each(["salvage", "strict"] as const)("are read by %s, counted and judged", async (rule) => {
    const random = createRandom("mutated replies", rule);
    const count = caseCount(10_000);
    const counts: RejectionCounts = {};
    let readings = 0;
    let kept = 0;
    for (let i = 0; i < count; i++) {
      const { completion, shape } = random.pick(replies);
      const form = forms[rule](completion.text);
      const finishReason = random.pick(["stop", "stop", "length", null]);
      const said = { ...completion, finishReason, text: mutate(form, random) };
      const read = replyRules[rule](said, shape, findObjects(form).length);
      const questions: string[] = [];
      const at = toAt(shape, questions);
      for (const reading of read) {
        const verdict = isRejection(reading) ? reading : await judgeCandidate(reading, checks, at);
        if (isRejection(verdict)) countRejection(counts, verdict);
        else questions.push(verdict.question);
        const good = isRejection(verdict)
          ? explains(verdict) && (read.length === 1 || !isWholeReply(verdict))
          : // As the original, the strict rule keeps an example without its context.
            (rule === "strict" || verdict.context !== null) &&
            [verdict.question, verdict.context ?? "c"].every(isText) &&
            verdict.options.join() === "True,False" &&
            [0, 1].includes(verdict.label);
        if (!good) expect.fail(JSON.stringify({ said, verdict }));
      }
      if (read.length === 0 || new Set(questions).size < questions.length)
        expect.fail(JSON.stringify({ said, read }));
      readings += read.length;
      kept += questions.length;
    }
    const rejected = Object.values(counts).reduce((sum, n) => sum + n, 0);
    expect(kept + rejected).toBe(readings);
    expect(kept).toBeGreaterThan(count / 10);
    // The mutations reach what they are to reach.
    const form = reasons.filter((reason) => findMissedStep(reason) === "valid");
    const unreached = form.filter((reason) => counts[reason] === undefined);
    expect(unreached).toEqual(
      {
        salvage: ["refusal", "refused", "wrong count", "repeated options"],
        strict: ["refusal", "refused", "no JSON", "wrong number of options", "repeated options"],
      }[rule],
    );
  });
});

function toAt(shape: Shape, questions: readonly string[]): CheckContext {
  const find = (question: string) => {
    const line = questions.indexOf(question);
    return line < 0 ? null : line;
  };
  return { shape, seen: { find }, near: [], evaluated: null };
}

function explains({ reason, evidence, candidate }: Rejection): boolean {
  const cut = typeof candidate !== "string" || candidate.length <= 2000;
  return reasons.includes(reason) && evidence.length <= 200 && cut;
}

/** Not empty, and such as UTF-8 can hold. */
function isText(text: string): boolean {
  return text.trim() !== "" && Buffer.from(text).toString() === text;
}
