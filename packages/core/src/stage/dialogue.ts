import { createInterface } from "node:readline";
import { type CommandContext, InterruptError } from "./context.ts";

/** Questions to whoever is at the other end of a program's input and output: a terminal, or a pipe. */
export type Dialogue = ReturnType<typeof openDialogue>;

/** Opens a dialogue. A pipe's lines may come before they are asked for. */
export function openDialogue({ stdin, stdout }: Pick<CommandContext, "stdin" | "stdout">) {
  const terminal = Boolean(stdout.isTTY && "isTTY" in stdin && stdin.isTTY);
  const lines = createInterface({ input: stdin, output: stdout, terminal });
  const answers = lines[Symbol.asyncIterator]();
  // A terminal that is read by the key sends Ctrl+C as one; elsewhere it is a signal of the process.
  const interrupted = new Promise<never>((_, reject) =>
    lines.once("SIGINT", () => reject(new InterruptError("interrupted"))),
  );
  interrupted.catch(() => {});
  return {
    /** @returns the line that was typed, or null if the input has ended @throws InterruptError at Ctrl+C */
    async ask(question: string): Promise<string | null> {
      lines.setPrompt(question);
      lines.prompt();
      const { value, done } = await Promise.race([answers.next(), interrupted]);
      if (!done) return String(value);
      stdout.write("\n");
      return null;
    },
    close: (): void => lines.close(),
  };
}
