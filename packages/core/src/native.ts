import { join } from "node:path";
import { repository } from "./logs/paths.ts";
import { ExpectedError, FlagError } from "./messages/errors.ts";
import { installNative } from "./native/install-native.ts";
import { about, defineNative, type NativeRequest } from "./native/native-line.ts";
import { command } from "./stage/command.ts";
import { runProcess } from "./stage/process.ts";

/** `npm run native`: installs the native part of tfjs-node-gpu. */
await runProcess(
  command<NativeRequest>({
    name: "native",
    about,
    define: defineNative,
    async run(request, ctx) {
      if (request.sha256 && !request.libtensorflow)
        throw new FlagError("--sha256 checks the tarball that --libtensorflow names; give both");
      const stop = new AbortController();
      ctx.onInterrupt(() => {
        stop.abort(new ExpectedError("interrupted"));
        return "what was there before is put back";
      });
      await installNative(request, {
        env: ctx.env,
        from: ctx.folder,
        libraries: join(repository, "data/libtensorflow"),
        fetch: ctx.fetch,
        say: ctx.log,
        signal: stop.signal,
      });
      return 0;
    },
  }),
);
