import type { Clock } from "../src/llm/chat.ts";

/** Rounds of immediates that are waited for: another clock's never end. */
const most = 100;

/**
 * Opens a clock whose time passes only while everything waits for it: sleepers wake one at a time, in
 * the order of their times, each when all microtasks and immediates before it have run. Files and
 * sockets are not waited for.
 */
export function openSimulatedClock(): Clock {
  const sleepers: { at: number; wake: () => void }[] = [];
  let now = 0;
  let driven = false;

  const drive = (rounds: number) => {
    const busy = process.getActiveResourcesInfo().includes("Immediate");
    if (busy && rounds < most && sleepers.length > 0) {
      setImmediate(drive, rounds + 1);
      return;
    }
    const next = sleepers.pop();
    driven = next !== undefined;
    if (!next) return;
    now = next.at;
    next.wake();
    setImmediate(drive, 0);
  };

  return {
    now: () => now,
    sleep: (ms) =>
      new Promise((wake) => {
        const at = now + Math.max(0, ms);
        sleepers.splice(toPlace(sleepers, at), 0, { at, wake });
        if (driven) return;
        driven = true;
        setImmediate(drive, 0);
      }),
  };
}

/** Where one that wakes at `at` stands: the latest first, among equals the newest. */
function toPlace(sleepers: readonly { at: number }[], at: number): number {
  let low = 0;
  let high = sleepers.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sleepers[middle] as { at: number }).at > at) low = middle + 1;
    else high = middle;
  }
  return low;
}
