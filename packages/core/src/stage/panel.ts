import type { WriteStream } from "node:tty";

/** A place below the lines of the terminal that is drawn over and over. */
export interface Panel {
  /** The terminal's width. */
  readonly columns: number;
  draw: (text: string) => void;
  /** Removes what is drawn. */
  clear: () => void;
}

/** A panel, and the lines above it. */
export interface OpenPanel extends Panel {
  /** Prints above what is drawn. */
  above: (print: () => void) => void;
}

/** What of a terminal is drawn on. */
export type Screen = Pick<WriteStream, "isTTY" | "columns" | "rows" | "write">;

/**
 * Whether a user would see a drawn panel. Turbo, but for its own terminal view, passes whole lines
 * on and lets stdout claim to be a terminal all the same; a terminal that nobody looks at has no size.
 */
export function isDrawable(
  { isTTY, columns, rows }: Omit<Screen, "write">,
  env: NodeJS.ProcessEnv,
): boolean {
  const passedOn = Boolean(env.TURBO_HASH) && !env.TURBO_IS_TUI;
  const seen = Boolean(isTTY) && columns > 0 && rows > 0;
  return seen && !passedOn && !env.CI && env.TERM !== "dumb";
}

/**
 * Opens a panel on a terminal. While something is drawn the cursor is hidden.
 * @param clean removes what must not be shown
 */
export async function openPanel(
  screen: Screen,
  clean: (text: string) => string,
): Promise<OpenPanel> {
  const { createLogUpdate } = await import("log-update");
  const update = createLogUpdate(screen as WriteStream);
  let drawn: string | null = null;
  const clear = () => {
    if (drawn === null) return;
    drawn = null;
    update.clear();
    update.done();
  };
  return {
    get columns() {
      return screen.columns;
    },
    draw(text) {
      drawn = clean(text);
      update(drawn);
    },
    clear,
    above(print) {
      const under = drawn;
      if (under !== null) update.clear();
      print();
      if (under !== null) update(under);
    },
  };
}
