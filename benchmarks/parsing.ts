import type { Completion } from "../packages/creator/src/llm/chat.ts";
import type { Shape } from "../packages/creator/src/prompt/prompt.ts";
import { hostileReplies } from "../packages/creator/test/hostile-replies.ts";
import { replyRules } from "../packages/creator/test/reading-words.ts";

// How long reading a reply takes, by its length: `node scripts/launch.mjs benchmark-parsing`. Each figure is the
// processor time of the best of five readings. What doubling the length costs is 2 where the work is
// linear, less where a fixed part outweighs it, and 4 where it is quadratic.

const sizes = [125, 250, 500, 1000];

const shape: Shape = {
  formatting: { question: "Is it?", context: null, options: ["True", "False"], label: 0 },
  options: "fixed",
};

/** Milliseconds to read a reply by the rule that salvages. */
function measure(text: string): number {
  const said: Completion = {
    text,
    finishReason: "stop",
    refusal: null,
    usage: null,
    model: "none",
    ms: 0,
    at: "",
    adapted: [],
  };
  const times = [1, 2, 3, 4, 5].map(() => {
    const start = process.cpuUsage();
    replyRules.salvage(said, shape, 5);
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1000;
  });
  return Math.min(...times);
}

const row = (name: string, cells: string[]) =>
  console.log(name.padEnd(46) + cells.map((cell) => cell.padStart(11)).join(""));

row("milliseconds for a reply of", [...sizes.map((size) => `${size} KB`), "doubled", "on average"]);
const whole = sizes.map(() => 0);
for (const [name, toText] of hostileReplies) {
  measure(toText(50_000));
  const times = sizes.map((size) => measure(toText(size * 1024)));
  for (const [i, time] of times.entries()) whole[i] = (whole[i] ?? 0) + time;
  row(name, toCells(times));
}
row("all", toCells(whole));

/** Times, and what doubling multiplies them by: the last time, and on average. */
function toCells(times: readonly number[]): string[] {
  const [first = 0, , before = 0, last = 0] = times;
  const ratios = [last / before, (last / first) ** (1 / 3)];
  return [...times.map((time) => time.toFixed(1)), ...ratios.map((ratio) => ratio.toFixed(2))];
}
