import { createRandom } from "@seedling/core/internal";
import { caseCount, isFull, tempFolder } from "@seedling/testing";
import { describe, expect, it } from "vitest";
import { simulate, toLogNormal } from "./simulated-creation.ts";

/** Ways in which a server's replies take a second. */
const latencies = {
  constant: () => () => 1000,
  "log-normal, sigma 1": () => toLogNormal(createRandom("latency"), 1000, 1),
};

describe.each(["naive", "tree"] as const)("a creation by %s, in simulated time", (setting) => {
  describe.each([16, 64])("with %i requests in flight", (concurrency) => {
    it.each(Object.entries(latencies))(
      "takes at most 1/0.9 of the ideal time: %s latency",
      async (_, open) => {
        const requests = isFull ? 20_000 : 160 * concurrency;
        const simulated = { setting, concurrency, chains: 1, requests, latency: open() };
        const { ideal, achieved, kept } = await simulate(simulated, tempFolder());
        expect(kept).toBe(requests * 5);
        expect(ideal).toBeGreaterThan((0.8 * requests) / concurrency);
        expect(achieved).toBeLessThanOrEqual(ideal / 0.9);
      },
    );
  });
});

describe("four times as many chains of random as requests may be in flight, in simulated time", () => {
  it.each(Object.entries(latencies))(
    "keep the requests in flight that a queue does: %s latency",
    async (_, open) => {
      const simulated = {
        setting: "random",
        concurrency: 16,
        chains: 64,
        requests: caseCount(10_000),
      } as const;
      const { ideal, achieved } = await simulate({ ...simulated, latency: open() }, tempFolder());
      expect(achieved).toBeLessThanOrEqual(ideal / 0.9);
    },
  );
});
