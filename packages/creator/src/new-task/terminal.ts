import { createInterface } from "node:readline/promises";
import { ExpectedError } from "@seedling/core/internal";
import type { Dialogue } from "./ask-task.ts";

/**
 * Opens a dialogue with whoever is at the other end of two streams: a terminal, or a pipe, whose
 * lines may come before they are asked for.
 */
export function openTerminal(
  input: NodeJS.ReadableStream,
  output: NodeJS.WritableStream,
  interrupted: () => void,
): Dialogue & { close: () => void } {
  const lines = createInterface({ input, output });
  const answers = lines[Symbol.asyncIterator]();
  lines.on("SIGINT", interrupted);
  process.on("SIGINT", interrupted);
  return {
    async ask(question) {
      lines.setPrompt(question);
      lines.prompt();
      const { value, done } = await answers.next();
      if (!done) return String(value).trim();
      output.write("\n");
      throw new ExpectedError("expected an answer, but the input ended; nothing was written");
    },
    say: (line) => void output.write(`${line}\n`),
    close() {
      lines.close();
      process.off("SIGINT", interrupted);
    },
  };
}
