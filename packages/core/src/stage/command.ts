import { join, resolve } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { parseArguments } from "../flags/command-line.ts";
import type { FlagType } from "../flags/flag.ts";
import { callCommand, type Env, isFolder, repository } from "../logs/paths.ts";
import { addRoot } from "../logs/roots.ts";
import { FlagError } from "../messages/errors.ts";
import { type CommandContext, InterruptError, runWork, type Surroundings } from "./context.ts";

/** What starts and ends a process: everything it does, up to its exit code. */
export type Program = (io: Surroundings) => Promise<number>;

export async function runProcess(program: Program): Promise<never> {
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

export interface CommandDefinition<Options> {
  name: string;
  about: string;
  /** Whether an interrupt is its end, as a server's: exit code 0. */
  endsByInterrupt?: boolean;
  define: (line: Command) => Command;
  /** Does the work. @returns the exit code */
  run: (options: Options, ctx: CommandContext, args: readonly string[]) => Promise<number>;
}

/** The flag of small commands that read what may be a stranger's, as `experiment` has it. */
export const followLinksOption = [
  "--follow-links",
  "also read and write what links in that folder lead to",
] as const;

/** The flag of small commands that names the results folder. */
export const resultsOption = ["--results <dir>", "the results folder (default: results)"] as const;

/**
 * Finds the results folder of a small command: the given one, else the checkout's.
 * @param folder where the command was called
 * @throws FlagError if the given one is not there
 */
export function openResults(
  { results: given, followLinks = false }: { results?: string; followLinks?: boolean },
  folder: string,
): string {
  const results = given ? resolve(folder, given) : join(repository, "results");
  if (given && !isFolder(results)) throw new FlagError(`--results: no folder ${results}`);
  addRoot(results, { followLinks });
  return results;
}

/** Seconds that a command waits for a reply of the network. */
const longestWait = 600;

/** Makes a program of a small command: it prints its help, or parses its line and does its work. */
export function command<Options extends object>({
  name,
  about,
  endsByInterrupt = false,
  define,
  run,
}: CommandDefinition<Options>): Program {
  return (io) =>
    runWork({ ...io, endsByInterrupt }, async (ctx) => {
      const line = new Command(callCommand(name));
      line.description(about).allowExcessArguments(false);
      if (!parseArguments(define(line), io.argv)) {
        ctx.log(line.configureHelp({ helpWidth: 110 }).helpInformation());
        return 0;
      }
      const fetch = await io.openNetwork(longestWait);
      return run(line.opts<Options>(), { ...ctx, fetch }, line.args);
    });
}

/** Reads an option of a small command as a flag's type. */
export function readAs<T>(type: FlagType<T>): (text: string) => T {
  return (text) => {
    const { data, error } = type.safeParse(text);
    if (error) throw new InvalidArgumentError(`${error.issues[0]?.message}.`);
    return data as T;
  };
}
