import type { Latencies } from "./latencies.ts";
import { openTrial, type Trial, type Watched } from "./trial.ts";

/** Notices a server that queues, and how many in flight are enough for it. */
export interface QueueWatch {
  /** How many requests in flight are of use. */
  readonly enough: number;
  /** How many may be in flight now: others than `enough` while that is tried. */
  readonly level: number;
  send: (kind: Latencies, now: number) => Watched;
  /** Takes a reply. @param full whether about as many as `level` were in flight */
  take: (watched: Watched, ms: number, full: boolean, now: number) => void;
  /** Ends a trial and forgets what was usual. */
  reset: () => void;
}

/**
 * Windows (as many replies under full load as are in flight, 16 at least) before a trial: the first one;
 * one that follows a change; and at most, where all that may be are in flight, or fewer.
 */
const pauses = { first: 8, next: 3, most: 128, mostBelow: 32 };

/** Fewer than that are not halved. */
const leastHalved = 4;

/** Latencies that fall to no less than that share have not fallen. */
const clearly = 0.8;

/** More are let in only if they are so many times as many. */
const leastRaise = 1.1;

/**
 * Opens a watch. From time to time half the load is tried: where the server serves all at once
 * latencies stay, where it queues they fall, and fewer are as fast. Two trials in a row must find that,
 * lest a server that only became faster is taken for one. Where fewer are in flight, twice the load
 * is tried in turn: if latencies stay, there is more room.
 * @param most requests in flight
 */
export function openQueueWatch(most: number): QueueWatch {
  const kinds = new Set<Latencies>();
  let enough = most;
  let trial: Trial | null = null;
  let up = false;
  /** The ratio that a first trial found. */
  let suspected: number | null = null;
  let windows = 0;
  let pause = pauses.first;
  /** Requests sent before were of another load. NaN: none was sent since it changed. */
  let start = Number.NEGATIVE_INFINITY;

  const startAfresh = () => {
    for (const kind of kinds) kind.clear();
    pause = pauses.next;
  };

  const keep = () => {
    const longest = enough < most ? pauses.mostBelow : pauses.most;
    pause = Math.min(Math.max(2 * pause, pauses.first), longest);
  };

  const concludeDown = (ratio: number) => {
    const before = suspected;
    suspected = null;
    up = ratio > clearly && enough < most;
    if (ratio > clearly) return keep();
    startAfresh();
    if (before === null) suspected = ratio;
    // Half the load is never more than twice as fast: the rest is chance.
    else enough = Math.min(enough, Math.ceil(enough * Math.max(before, ratio, 0.5) * 1.1));
  };

  const concludeUp = (ratio: number, level: number) => {
    const room = Math.min(level, Math.ceil(level / ratio));
    up = ratio === 1 && level < most;
    if (room < leastRaise * enough) return keep();
    startAfresh();
    enough = room;
  };

  const tryNext = () => {
    windows = 0;
    if (enough < leastHalved) up = enough < most;
    if (up && most < leastRaise * enough) {
      // Too near to tell the two apart.
      enough = most;
      up = false;
      startAfresh();
    } else if (up || enough >= leastHalved) {
      const level = up ? Math.min(2 * enough, most) : Math.ceil(enough / 2);
      trial = openTrial(level, enough, kinds);
    }
  };

  return {
    get enough() {
      return enough;
    },
    get level() {
      return trial?.level ?? enough;
    },
    send(kind, now) {
      kinds.add(kind);
      if (Number.isNaN(start)) start = now;
      const watched: Watched = { at: now, ms: null, kind };
      trial?.send(watched);
      return watched;
    },
    take(watched, ms, full, now) {
      watched.ms = ms;
      const ratio = trial?.judge(now) ?? null;
      if (trial && ratio !== null) {
        const { level } = trial;
        trial = null;
        start = Number.NaN;
        if (level < enough) concludeDown(ratio);
        else concludeUp(ratio, level);
      } else if (!trial && full && watched.at >= start) {
        watched.kind.add(ms);
        windows += 1 / Math.max(enough, 16);
        if (windows >= pause) tryNext();
      }
    },
    reset() {
      trial = null;
      suspected = null;
      windows = 0;
      start = Number.NaN;
      startAfresh();
      pause = pauses.first;
    },
  };
}
