import type { Chat } from "../llm/chat.ts";

/** How fast replies come. */
export interface PaceFigures {
  /** Seconds since it was opened. */
  elapsed: number;
  /** Creation replies that came, from a journal or live, settled or not. */
  came: number;
  /** Of them those that the model gave now. */
  live: number;
  /** Live replies a second, of late; null before the first. */
  perSecond: number | null;
  /** Seconds from asking to the reply, of late; null before the first. */
  seconds: number | null;
}

/** A stopwatch on a creation's requests. */
export interface Pace {
  /** Watches a chat. @param isLive whether a request, not yet sent, will be the model's to answer */
  watch: (chat: Chat, isLive: (key: string) => boolean) => Chat;
  read: () => PaceFigures;
}

/** Live replies that count as of late. */
const late = 256;

/** Opens a stopwatch. Replies from a journal come in a burst and tell nothing. @param now milliseconds */
export function openPace(now: () => number): Pace {
  const opened = now();
  const recent: { at: number; ms: number }[] = [];
  let asked: number | null = null;
  let came = 0;
  let live = 0;

  const take = (sent: number) => {
    live += 1;
    recent.push({ at: now(), ms: now() - sent });
    // What came last before those of late is where their time begins.
    if (recent.length > late) asked = recent.shift()?.at ?? asked;
  };

  return {
    watch: (chat, isLive) => async (request) => {
      const counts = isLive(request.key);
      const sent = now();
      if (counts) asked ??= sent;
      const completion = await chat(request);
      came += 1;
      if (counts) take(sent);
      return completion;
    },
    read() {
      const spent = (now() - (asked ?? now())) / 1000;
      const waited = recent.reduce((sum, { ms }) => sum + ms, 0) / 1000;
      const n = recent.length;
      return {
        elapsed: (now() - opened) / 1000,
        came,
        live,
        perSecond: n > 0 && spent > 0 ? n / spent : null,
        seconds: n > 0 ? waited / n : null,
      };
    },
  };
}
