import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { openViewer } from "../src/run/open-viewer.ts";
import { toState, toView } from "./views.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const funnel = (completions: number) => ({ ...toState().funnel, completions });

/** A context that writes down what is said and drawn. */
function toDesk(drawable: boolean) {
  const said: string[] = [];
  const drawn: string[] = [];
  const panel = {
    columns: 80,
    draw: (lines: readonly string[]) => void drawn.push(lines.join("\n")),
    clear: () => void drawn.push(""),
  };
  return {
    said,
    drawn,
    ctx: { log: (line: string) => void said.push(line), panel: drawable ? panel : null },
  };
}

describe("on a terminal", () => {
  it("the panel is drawn a few times a second, as the state is then, and removed at the end", () => {
    const { ctx, drawn, said } = toDesk(true);
    const state = toState({ funnel: funnel(2) });
    const viewer = openViewer(ctx, (state) => toView({ state }));
    vi.advanceTimersByTime(1000);
    expect(drawn).toEqual([]);
    viewer.update(state);
    vi.advanceTimersByTime(1000);
    expect(drawn).toHaveLength(5);
    state.funnel.kept = 44;
    vi.advanceTimersByTime(200);
    expect(drawn.at(-1)).toContain("44 of 50 kept");
    viewer.close();
    vi.advanceTimersByTime(1000);
    expect(drawn.slice(6)).toEqual([""]);
    expect(said).toEqual([]);
  });
});

describe("elsewhere", () => {
  it("lines are said every few seconds, if something came, and once a minute if not", () => {
    const { ctx, said } = toDesk(false);
    const state = toState({ funnel: funnel(2) });
    const viewer = openViewer(ctx, (state) => toView({ state }));
    viewer.update(state);
    vi.advanceTimersByTime(4999);
    expect(said).toHaveLength(0);
    vi.advanceTimersByTime(1);
    expect(said).toHaveLength(1);
    vi.advanceTimersByTime(55_000);
    expect(said).toHaveLength(1);
    vi.advanceTimersByTime(5000);
    expect(said).toHaveLength(2);
    state.funnel.completions = 3;
    vi.advanceTimersByTime(5000);
    expect(said).toHaveLength(3);
    viewer.close();
    vi.advanceTimersByTime(600_000);
    expect(said).toHaveLength(3);
  });
});

describe("the first projection", () => {
  it.each([true, false])("is said once (drawn panel: %s), after the pilot", (drawable) => {
    const { ctx, said } = toDesk(drawable);
    const viewer = openViewer(ctx, (state) => toView({ state }));
    for (const completions of [1, 2]) viewer.update(toState({ funnel: funnel(completions) }));
    expect(said).toEqual([]);
    for (const completions of [3, 4, 5]) viewer.update(toState({ funnel: funnel(completions) }));
    expect(said).toEqual(["  after 3 replies: about 15 requests, 6,000 tokens, 0.0075 USD, 12 s"]);
    viewer.close();
  });

  it("waits for a live reply where earlier ones come from the journal", () => {
    const { ctx, said } = toDesk(false);
    let live = 0;
    const viewer = openViewer(ctx, (state) => toView({ state, pace: { ...toView().pace, live } }));
    viewer.update(toState());
    expect(said).toEqual([]);
    live = 1;
    viewer.update(toState());
    expect(said).toHaveLength(1);
    viewer.close();
  });

  it("is not said of a replay", () => {
    const { ctx, said } = toDesk(false);
    const viewer = openViewer(ctx, (state) => toView({ state, from: "replay" }));
    viewer.update(toState());
    viewer.close();
    expect(said).toEqual([]);
  });
});
