import type { Context } from "@seedling/core/internal";
import type { Progress } from "../create/progress.ts";
import { renderProjection, toProjection } from "./projection.ts";
import { renderLine } from "./render-line.ts";
import { renderPanel } from "./render-panel.ts";
import type { View } from "./view.ts";

/** Milliseconds between drawings, between lines, and between lines while nothing happens. */
const every = { panel: 200, line: 5000, quiet: 60_000 };

/** Shows a user how far a creation is. */
export interface Viewer {
  /** Takes in a state; what is shown of it later is as it is then. */
  update: (state: Progress) => void;
  /** Stops, and leaves nothing drawn. */
  close: () => void;
}

/** Opens the view of a creation: a drawn panel, or lines where that would not be seen. */
export function openViewer(
  { panel, log }: Pick<Context, "panel" | "log">,
  toView: (state: Progress) => View,
): Viewer {
  let latest: Progress | null = null;
  let projected = false;
  let told = "";
  let silent = 0;

  const tell = (state: Progress) => {
    const { completions } = state.funnel;
    const now = `${completions} ${state.checking.replies}`;
    silent += every.line;
    if (now === told && silent < every.quiet) return;
    told = now;
    silent = 0;
    log(renderLine(toView(state)));
  };

  const show = () => {
    if (latest === null) return;
    if (panel) panel.draw(renderPanel(toView(latest), panel.columns).split("\n"));
    else tell(latest);
  };
  const timer = setInterval(show, panel ? every.panel : every.line);
  timer.unref();

  return {
    update(state) {
      latest = state;
      if (projected) return;
      const view = toView(state);
      const projection = view.pace.live > 0 ? toProjection(view) : null;
      if (!projection) return;
      projected = true;
      log(renderProjection(projection, view));
    },
    close() {
      clearInterval(timer);
      panel?.clear();
    },
  };
}
