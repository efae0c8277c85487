import { join, resolve } from "node:path";
import { repository } from "./logs/paths.ts";
import { ExpectedError, FlagError } from "./messages/errors.ts";
import { installNative } from "./native/install-native.ts";
import { parseNativeLine, renderNativeHelp } from "./native/native-line.ts";
import { openNetwork } from "./stage/network.ts";

/** `npm run native`: installs the native part of tfjs-node-gpu. */
const stop = new AbortController();
process.once("SIGINT", () => stop.abort(new ExpectedError("interrupted")));
try {
  const request = parseNativeLine(process.argv.slice(2));
  if (request === null) console.log(renderNativeHelp());
  else {
    openNetwork(600);
    await installNative(request, {
      env: process.env,
      from: resolve(process.env.INIT_CWD ?? repository),
      libraries: join(repository, "data/libtensorflow"),
      fetch,
      say: console.log,
      signal: stop.signal,
    });
  }
} catch (error) {
  if (!(error instanceof ExpectedError)) throw error;
  console.error(error.message);
  process.exitCode = error instanceof FlagError ? 2 : 1;
}
