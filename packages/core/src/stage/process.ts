import type { Env } from "../logs/paths.ts";
import { FlagError } from "../messages/errors.ts";
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
  const open = (seconds: number) => openNetwork(seconds, env);
  const code = await program({ ...io, openNetwork: open, signal: stop.signal });
  await new Promise((written) => stdout.write("", written));
  process.exit(code);
}

/** The variables that name a proxy, in the order in which they count. */
const proxyNames = { http: ["http_proxy", "HTTP_PROXY"], https: ["https_proxy", "HTTPS_PROXY"] };

/**
 * Reads the proxy of a scheme. `host:port` means `http://host:port`, as to curl.
 * @throws FlagError for what is no URL
 */
export function readProxy(scheme: keyof typeof proxyNames, env: Env): string | undefined {
  const name = proxyNames[scheme].find((one) => env[one]);
  const given = name && env[name]?.trim();
  if (!name || !given) return undefined;
  const url = given.includes("://") ? given : `http://${given}`;
  if (/^https?:/.test(url) && URL.canParse(url)) return url;
  throw new FlagError(`${name}: expected a URL such as http://proxy.example:3128`);
}

/**
 * Makes Node's fetch honour the proxy variables and wait as long for a slow server as our own timeout does: its own
 * stops at 300 s. Applies to the whole process.
 * @param seconds the longest wait for a reply
 * @throws FlagError for a proxy variable that is no URL
 */
export async function openNetwork(seconds: number, env: Env): Promise<typeof fetch> {
  const [httpProxy = "", httpsProxy = ""] = [readProxy("http", env), readProxy("https", env)];
  const { EnvHttpProxyAgent, setGlobalDispatcher } = await import("undici");
  const milliseconds = seconds * 1000 + 1000;
  setGlobalDispatcher(
    new EnvHttpProxyAgent({
      ...{ headersTimeout: milliseconds, bodyTimeout: milliseconds },
      ...{ httpProxy, httpsProxy },
    }),
  );
  return (...args) => globalThis.fetch(...args);
}
