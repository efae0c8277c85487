import { InterruptError, type Surroundings } from "./context.ts";

export async function runProcess(program: (io: Surroundings) => Promise<number>): Promise<never> {
  const { argv, env, stdin, stdout, stderr } = process;
  const stop = new AbortController();
  const interrupt = () => stop.abort(new InterruptError("interrupted"));
  process.once("SIGINT", interrupt);
  process.once("SIGTERM", interrupt);
  process.once("uncaughtException", (bug) => stop.abort(bug));
  // Whoever reads the output, such as `head`, may have enough of it.
  stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    process.exit(0);
  });
  const io = { argv: argv.slice(2), env, cwd: process.cwd(), stdin, stdout, stderr };
  const code = await program({ ...io, openNetwork, signal: stop.signal });
  await new Promise((written) => stdout.write("", written));
  process.exit(code);
}

/**
 * Makes Node's fetch honour the proxy variables and wait as long for a slow server as our own timeout does: its own
 * stops at 300 s. Applies to the whole process.
 * @param seconds the longest wait for a reply
 */
export async function openNetwork(seconds: number): Promise<typeof fetch> {
  const { EnvHttpProxyAgent, setGlobalDispatcher } = await import("undici");
  const milliseconds = seconds * 1000 + 1000;
  setGlobalDispatcher(
    new EnvHttpProxyAgent({ headersTimeout: milliseconds, bodyTimeout: milliseconds }),
  );
  return (...args) => globalThis.fetch(...args);
}
