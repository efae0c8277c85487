import type { Latencies, Usual } from "./latencies.ts";

/** A request whose latency is watched. */
export interface Watched {
  kind: Latencies;
  /** When it was sent, in milliseconds. */
  at: number;
  /** Its latency, once it is known. */
  ms: number | null;
}

/** Another load, tried. */
export interface Trial {
  /** Requests in flight. */
  readonly level: number;
  send: (watched: Watched) => void;
  /** What the mean latency is times, as soon as that is clear: 1, if the load does not matter; else null. */
  judge: (now: number) => number | null;
}

/** The odds, as logarithms, at which a trial ends: nothing is done about the load unless that is sure. */
const sure = Math.log(1000);
const likely = Math.log(10);

/**
 * Opens a trial of `level` requests in flight where `usual` were. Its requests, in the order of
 * sending, are fast or slow against what was usual, until these odds are clear (Wald's sequential
 * test). One that is out for longer than a fast one is slow: none is waited for.
 */
export function openTrial(level: number, usual: number, kinds: Iterable<Latencies>): Trial {
  // Where the server queues, latencies go with the load; this is a little less.
  const factor = (level / usual) ** 0.75;
  const known = new Map<Latencies, Usual>();
  for (const kind of kinds) {
    const one = kind.toUsual(factor);
    if (one) known.set(kind, one);
  }
  const down = level < usual;
  const ends = down ? { changed: sure, same: -likely } : { changed: likely, same: -sure };
  const most = Math.max(64, 2 * usual);
  const out: Watched[] = [];
  const judged: Watched[] = [];
  let odds = 0;
  let changed: boolean | null = null;
  /** The first ones only bring the load up. */
  let loading = Math.max(0, level - usual);
  /** Of any kind: one that nothing is known of must not make the trial endless. */
  let left = 2 * most;

  /** By the shift of the median: what waits in a queue is added to what a request takes by itself. */
  const toRatio = (): number => {
    const shifts = judged.map(({ kind, ms }) => {
      const { median, mean } = known.get(kind) as Usual;
      return ((ms ?? Number.POSITIVE_INFINITY) - median) / mean;
    });
    return 1 + (shifts.sort((a, b) => a - b)[shifts.length >> 1] as number);
  };

  return {
    level,
    send(watched) {
      left -= 1;
      if (loading > 0) loading -= 1;
      else if (known.has(watched.kind) && changed === null) out.push(watched);
    },
    judge(now) {
      while (changed === null) {
        const [first] = out;
        if (!first) return left < 0 ? 1 : null;
        const { bound, odds: lends } = known.get(first.kind) as Usual;
        if (first.ms === null && now - first.at <= bound) return null;
        odds += first.ms !== null && first.ms <= bound ? lends.fast : lends.slow;
        out.shift();
        judged.push(first);
        if (odds >= ends.changed) changed = true;
        else if (odds <= ends.same) changed = false;
        else if (judged.length >= most) changed = !down;
      }
      const ratio = changed ? toRatio() : 1;
      return ratio < Number.POSITIVE_INFINITY || left < 0 ? ratio : null;
    },
  };
}
