import { caseCount } from "@seedling/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isRejection, reasons } from "../src/reply/candidate.ts";
import { withoutReasoning } from "../src/reply/reasoning.ts";
import { hostileReplies } from "./hostile-replies.ts";
import { a, b, object, read, replyRules } from "./reading-words.ts";
import { choice, closed, open, toSaid } from "./shapes.ts";

/** Milliseconds of processor time. */
function measureTime(read: () => void): number {
  const start = process.cpuUsage();
  read();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}

const readers: ((text: string) => unknown[])[] = [
  (text) => read(text, closed, "salvage"),
  (text) => read(text, closed, "strict"),
  // A text that has a mark's beginning is looked through for marks.
  (text) => [withoutReasoning(`${text}<`)],
];

describe("any text", () => {
  it.each(hostileReplies)(
    "of %s takes a time that grows with its length, not its square",
    (_, toText) => {
      for (const reader of readers) {
        const [half, whole] = [128, 256].map((size) => {
          const text = toText(size * 1024);
          expect(text.length).toBeGreaterThan(800 * size);
          const readOnce = () => expect(reader(text).length).toBeGreaterThan(0);
          return Math.min(measureTime(readOnce), measureTime(readOnce));
        }) as [number, number];
        // Twice the length, twice the time; four times where it grows with the square.
        expect(whole).toBeLessThan(Math.max(30, 3.2 * half));
      }
    },
  );

  const characters = fc.string({ unit: fc.constantFrom(..."{}[]\":,'\\\n`<>tTeQuOoA 1") });
  const words = fc
    .array(
      fc.constantFrom(
        a,
        b,
        "{",
        "}",
        "[",
        "]",
        '"',
        ":",
        ",",
        "\n",
        "<think>",
        "</think>",
        "\\",
        "'",
        "```",
        "\u{1F331}",
        "\ud83c",
      ),
    )
    .map((parts) => parts.join(""));

  it("never throws, and says why for whatever it does not keep", () => {
    const shapes = fc.constantFrom(closed, open, choice);
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: "binary" }), characters, words),
        shapes,
        (text, shape) => {
          for (const rule of [replyRules.salvage, replyRules.strict])
            for (const reading of rule(toSaid(text), shape, 2)) {
              if (isRejection(reading)) expect(reasons).toContain(reading.reason);
              else expect(reading.question).not.toBe("");
            }
        },
      ),
      { numRuns: caseCount(5000) },
    );
  });

  it("with one place changed still gives every example that it did not touch", () => {
    const objects = Array.from({ length: 5 }, (_, i) => object(`Is the number ${i} even?`));
    const reply = `[\n${objects.join(",\n")}\n]`;
    const change = fc.record({
      at: fc.nat(reply.length - 1),
      remove: fc.nat(3),
      insert: fc.constantFrom("", '"', "{", "}", "\n", "x", ",", "\\"),
    });
    fc.assert(
      fc.property(change, ({ at, remove, insert }) => {
        const kept = read(reply.slice(0, at) + insert + reply.slice(at + remove));
        const line = reply.slice(0, at).split("\n").length - 2;
        const lastLine = reply.slice(0, at + remove).split("\n").length - 2;
        for (let i = 0; i < 5; i++)
          if (i < line - 1 || i > lastLine + 1)
            expect(kept, `${i}`).toContain(`Is the number ${i} even?=True`);
      }),
      { numRuns: caseCount(3000) },
    );
  });
});
