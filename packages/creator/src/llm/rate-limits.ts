import { openAllowance } from "./allowance.ts";
import type { Completion } from "./chat.ts";
import { longestWait, type RateReport } from "./rate-headers.ts";

/** All that was sent up to a request, itself included. */
export interface Mark {
  requests: number;
  /** As estimated. */
  tokens: number;
}

/** When the next request may be sent, by what the server says. Times in milliseconds. */
export interface RateGate {
  /** @param bytes of the next request's messages. @returns Infinity: when another reply has come */
  opensAt: (bytes: number, now: number) => number;
  send: (bytes: number) => Mark;
  /** Takes what headers tell. @param mark of the request they answer, if that is known */
  tell: (report: RateReport, mark: Mark | undefined, now: number) => void;
  /** Sends nothing for so long. */
  close: (ms: number, now: number) => void;
  /** Learns how long replies are. */
  learn: (completion: Completion) => void;
  /** Forgets what headers told. */
  forget: () => void;
}

/** Opens a gate: a request counts as a quarter token a byte and the mean reply so far. */
export function openRateGate(): RateGate {
  const requests = openAllowance();
  const tokens = openAllowance();
  const replies = { count: 0, tokens: 0 };
  let closedUntil = Number.NEGATIVE_INFINITY;

  const toTokens = (bytes: number) => bytes / 4 + replies.tokens / Math.max(1, replies.count);
  const close = (ms: number, now: number) => {
    closedUntil = Math.max(closedUntil, now + Math.min(ms, longestWait));
  };

  return {
    opensAt: (bytes, now) =>
      Math.max(requests.opensAt(1, now), tokens.opensAt(toTokens(bytes), now), closedUntil),
    send: (bytes) => ({ requests: requests.send(1), tokens: tokens.send(toTokens(bytes)) }),
    tell(report, mark, now) {
      if (report.requests) requests.tell(report.requests, mark?.requests, now);
      if (report.tokens) tokens.tell(report.tokens, mark?.tokens, now);
      close(report.retryAfter, now);
    },
    close,
    learn({ usage }) {
      if (!usage) return;
      replies.count += 1;
      replies.tokens += usage.completionTokens;
    },
    forget() {
      requests.forget();
      tokens.forget();
    },
  };
}
