import { renderSeconds } from "@seedling/core/internal";
import type { Chat } from "./chat.ts";

/** Milliseconds of silence before a line: until the first reply, and after any. */
const silence = { first: 10_000, later: 60_000 };

/**
 * Creates what says that a model is slow: a line after 10 s without its first reply, and after each minute without any.
 * @param who who is waited for: `qwen at 127.0.0.1:8080`
 * @returns wraps chats with that model
 */
export function createWaiting(who: string, log: (line: string) => void) {
  let asked = 0;
  let came = false;
  let since = 0;
  let timer: NodeJS.Timeout | undefined;

  const arm = (ms: number) => {
    timer = setTimeout(() => {
      const seconds = renderSeconds((Date.now() - since) / 1000);
      log(`  waiting for a reply of ${who}, ${seconds}`);
      arm(silence.later);
    }, ms).unref();
  };
  const listen = () => {
    clearTimeout(timer);
    since = Date.now();
    if (asked > 0) arm(came ? silence.later : silence.first);
  };

  return (chat: Chat): Chat =>
    async (request) => {
      asked += 1;
      if (asked === 1) listen();
      try {
        const completion = await chat(request);
        came = true;
        return completion;
      } finally {
        asked -= 1;
        listen();
      }
    };
}
