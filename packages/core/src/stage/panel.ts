import type { WriteStream } from "node:tty";

/** Lines at the bottom of a terminal that are drawn again and again. */
export type Panel = Omit<Awaited<ReturnType<typeof openPanel>>, "above">;

export type Screen = NodeJS.WritableStream &
  Partial<Pick<WriteStream, "isTTY" | "columns" | "rows">>;

/**
 * Whether a user would see a drawn panel. Turbo passes on whole lines and lets stdout claim to be a terminal, except
 * in its own terminal view; a terminal that nobody looks at has no size.
 */
export function isDrawable(
  { isTTY, columns = 0, rows = 0 }: Partial<Pick<Screen, "isTTY" | "columns" | "rows">>,
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
export async function openPanel(screen: Screen, clean: (text: string) => string) {
  const { createLogUpdate } = await import("log-update");
  const update = createLogUpdate(screen as WriteStream);
  let drawn: string | null = null;
  const clear = (): void => {
    if (drawn === null) return;
    drawn = null;
    update.clear();
    update.done();
  };
  return {
    get columns(): number {
      return screen.columns ?? 80;
    },
    draw(lines: readonly string[]): void {
      drawn = clean(lines.join("\n"));
      update(drawn);
    },
    clear,
    /** Prints above what is drawn. */
    above(print: () => void): void {
      const under = drawn;
      if (under !== null) update.clear();
      print();
      if (under !== null) update(under);
    },
  };
}
