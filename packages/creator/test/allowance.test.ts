import { describe, expect, it } from "vitest";
import { openAllowance } from "../src/llm/allowance.ts";

const told = (remaining: number, reset: number, limit: number | null = null) => ({
  remaining,
  reset,
  limit,
});

describe("an allowance", () => {
  it("holds nothing back before it knows anything", () => {
    expect(openAllowance().opensAt(1e9, 5)).toBe(5);
  });

  it("takes off what was sent after the request that is answered, and no more", () => {
    const allowance = openAllowance();
    const first = allowance.send(1);
    allowance.send(1);
    allowance.send(1);
    allowance.tell(told(3, 1000), first, 100);
    expect(allowance.opensAt(1, 100)).toBe(100);
    allowance.send(1);
    expect(allowance.opensAt(1, 100)).toBe(1100);
    expect(allowance.opensAt(1, 1099)).toBe(1100);
    expect(allowance.opensAt(1, 1100)).toBe(1100);
    expect(allowance.opensAt(1, 1200)).toBe(1200);
  });

  it("believes the reply to the latest request, not the latest reply", () => {
    const allowance = openAllowance();
    const first = allowance.send(10);
    const second = allowance.send(10);
    allowance.tell(told(5, 1000), second, 0);
    allowance.tell(told(99, 1000), first, 1);
    expect(allowance.opensAt(6, 2)).toBe(1000);
    expect(allowance.opensAt(5, 2)).toBe(2);
  });

  it("has the whole limit again after a reset, and then waits for another reply", () => {
    const allowance = openAllowance();
    allowance.tell(told(0, 50, 2), undefined, 0);
    expect(allowance.opensAt(1, 0)).toBe(50);
    expect(allowance.opensAt(1, 50)).toBe(50);
    allowance.send(1);
    allowance.send(1);
    expect(allowance.opensAt(1, 60)).toBe(Number.POSITIVE_INFINITY);
    allowance.forget();
    expect(allowance.opensAt(1, 60)).toBe(60);
  });

  it("lets a request through that is larger than the limit, once all of that is there", () => {
    const allowance = openAllowance();
    allowance.tell(told(99, 50, 100), undefined, 0);
    expect(allowance.opensAt(500, 0)).toBe(50);
    expect(allowance.opensAt(500, 50)).toBe(50);
  });
});
