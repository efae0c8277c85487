import type { Chat } from "../llm/chat.ts";

/** Live replies that count as of late. */
const late = 256;

/**
 * Creates a stopwatch on a creation's requests. Replies from a journal come in a burst and tell nothing.
 * @param now milliseconds
 * @param isLive whether a request, not yet sent, will be the model's to answer
 */
export function createStopwatch(now: () => number, isLive: (key: string) => boolean) {
  const started = now();
  const recent: { at: number; ms: number }[] = [];
  let asked: number | null = null;
  let came = 0;
  let live = 0;

  return {
    watch:
      (chat: Chat): Chat =>
      async (request) => {
        const counts = isLive(request.key);
        const sent = now();
        if (counts) asked ??= sent;
        const completion = await chat(request);
        came += 1;
        if (!counts) return completion;
        live += 1;
        recent.push({ at: now(), ms: now() - sent });
        // The last reply before those of late is where their time begins.
        if (recent.length > late) asked = recent.shift()?.at ?? asked;
        return completion;
      },
    /** Reads how fast replies come; rates are of late, and null before the first live reply. */
    read() {
      const spent = (now() - (asked ?? now())) / 1000;
      const waited = recent.reduce((sum, { ms }) => sum + ms, 0) / 1000;
      const n = recent.length;
      return {
        /** Seconds since the start. */
        elapsed: (now() - started) / 1000,
        /** Creation replies that came, from a journal or live, processed or not. */
        came,
        /** Those of them that the model gave now. */
        live,
        /** Live replies a second. */
        perSecond: n > 0 && spent > 0 ? n / spent : null,
        /** Seconds from asking to the reply. */
        seconds: n > 0 ? waited / n : null,
      };
    },
  };
}
