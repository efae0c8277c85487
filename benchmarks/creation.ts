// Achieved over ideal time of creation, in simulated time: node scripts/launch.mjs benchmark-creation [requests]
// Ideal: requests / concurrency x latency. Left out: the time until as many requests are in flight as
// may be, and the last replies. Chains need more of them than requests in flight: equally long ones
// end at different times.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRandom, paperSettings } from "../packages/core/src/internal.ts";
import { simulate, toLogNormal } from "../packages/creator/test/simulated-creation.ts";

const requests = Number(process.argv[2] ?? 20_000);
const latencies = {
  "constant 1 s": () => () => 1000,
  "log-normal 0.5": () => toLogNormal(createRandom("latency"), 1000, 0.5),
  "log-normal 1": () => toLogNormal(createRandom("latency"), 1000, 1),
};

const print = (cells: (string | number)[]) =>
  console.log(
    cells.map((cell, i) => String(cell)[i === 0 || i === 3 ? "padEnd" : "padStart"](15)).join(" "),
  );

print(["setting", "in flight", "chains", "latency", "ideal s", "achieved s", "achieved/ideal"]);
for (const setting of paperSettings)
  for (const concurrency of [16, 64])
    for (const [name, open] of Object.entries(latencies)) {
      const chains = setting === "naive" || setting === "tree" ? 1 : 4 * concurrency;
      const folder = mkdtempSync(join(tmpdir(), "seedling-"));
      const simulated = { setting, concurrency, chains, requests, latency: open() };
      const { ideal, achieved } = await simulate(simulated, folder);
      rmSync(folder, { recursive: true });
      const ratio = (achieved / ideal).toFixed(3);
      print([setting, concurrency, chains, name, ideal.toFixed(1), achieved.toFixed(1), ratio]);
    }
