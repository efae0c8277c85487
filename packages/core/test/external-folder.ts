import { tempFolder } from "@seedling/testing";

const options = ["bad", "good"];

/** Six lines, the last of which repeats the first one's text. */
function lines(what: string): string {
  const rows = Array.from({ length: 6 }, (_, i) => ({
    question: `${what} ${i % 5}`,
    label: options[i % 2],
  }));
  return rows.map((row) => `${JSON.stringify(row)}\n`).join("");
}

/** What `--data-dir` of the experiment `external` holds, each of its four tasks of six rows a file. */
export function externalFolder(): string {
  const tasks = ["emotion", "hyperbole", "intimacy", "sentiment"];
  const names = ["train", "dev", "test", "gpt4.created", "llama2.created"];
  const files = tasks.flatMap((task) => [
    [`${task}/task.json`, JSON.stringify({ options })],
    [`${task}/example.json`, JSON.stringify({ question: `${task}?`, label: "good" })],
    ...names.map((name) => [`${task}/${name}.jsonl`, lines(name)]),
  ]);
  return tempFolder(Object.fromEntries(files));
}
