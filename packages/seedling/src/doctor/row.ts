/** One thing that was looked at. */
export interface Row {
  what: string;
  /** absent: something that one can do without. broken: something that a run needs. */
  state: "ok" | "absent" | "broken";
  found: string;
  /** The one command, or the one thing to do, that mends it; null where nothing needs mending. */
  mend: string | null;
}

/** A row without fault. */
export function fine(what: string, found: string): Row {
  return { what, state: "ok", found, mend: null };
}

/** A row about something that one can do without. */
export function absent(what: string, found: string, mend: string): Row {
  return { what, state: "absent", found, mend };
}

/** A row about something that a run needs. */
export function broken(what: string, found: string, mend: string): Row {
  return { what, state: "broken", found, mend };
}
