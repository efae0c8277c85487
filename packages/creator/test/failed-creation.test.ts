import { isFull } from "@seedling/testing";
import { describe, expect, it } from "vitest";
import type { Chat } from "../src/llm/chat.ts";
import { observe, toGenerous, toPlan } from "./observe-creation.ts";

describe("failures", () => {
  it("may be as many as there are requests, the first of them is thrown", async () => {
    // More than a call takes arguments, where there is time for that.
    const n = isFull ? 130_000 : 3000;
    const chat: Chat = async ({ seed }) => {
      throw new Error(`no reply to ${seed}`);
    };
    const plan = toPlan("naive", { target: 3 * n });
    const asked: number[] = [];
    const watched: Chat = (request) => {
      asked.push(request.seed);
      return chat(request);
    };
    const error = await observe(plan, watched, n).catch((thrown: unknown) => thrown);
    expect(error).toEqual(new Error(`no reply to ${asked[0]}`));
    expect(asked).toHaveLength(n);
  });

  it("may be an abort: nothing more is asked, and its reason is thrown", async () => {
    const aborter = new AbortController();
    let asked = 0;
    const model = toGenerous(1);
    const chat: Chat = async (request) => {
      asked += 1;
      if (asked === 5) aborter.abort(new Error("enough"));
      return model(request);
    };
    const { signal } = aborter;
    const aborted = observe(toPlan("random", { target: 60 }), chat, 1, { signal });
    await expect(aborted).rejects.toThrow("enough");
    expect(asked).toBe(5);
  });
});
