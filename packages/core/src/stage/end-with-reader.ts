/**
 * Ends the process without a word once whoever reads its output, such as `head`, has enough.
 * @throws any other error of the output
 */
export function endWithReader(process: Pick<NodeJS.Process, "stdout" | "exit">): void {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    process.exit(0);
  });
}
