// Speed of heads on made vectors: node scripts/launch.mjs benchmark-heads [--backend NAME] [--python PATH] [--rounds N]
// With --python, the same work in scikit-learn and PyTorch, turn by turn in one run; ratios are medians of each.
import { spawnSync } from "node:child_process";
import { parseArgs } from "node:util";
import { type BackendName, createRandom, openBackend } from "@seedling/core/internal";
import { fitLinear } from "../packages/trainer/src/head/fit-linear.ts";
import { fitMlp } from "../packages/trainer/src/head/fit-mlp.ts";
import type { VectorItem } from "../packages/trainer/src/head/head.ts";

const { values } = parseArgs({
  options: {
    backend: { type: "string" },
    python: { type: "string" },
    rounds: { type: "string", default: "3" },
  },
});
const rows = 10_000;
const dimensions = 384;
process.env.TF_NUM_INTRAOP_THREADS ??= "1"; // as runs of MLP heads have it: run/trainer-stage.ts
const backend = await openBackend({ force: values.backend as BackendName | undefined });

/** Unit vectors; the class is the sign of a noisy product, so that the fit has something to do. */
function makeItems(): VectorItem[] {
  const random = createRandom("heads");
  const normal = () => Float32Array.from({ length: dimensions }, () => random.normal());
  const direction = normal();
  return Array.from({ length: rows }, () => {
    const vector = normal();
    const length = Math.hypot(...vector);
    let margin = 20 * random.normal();
    for (let i = 0; i < dimensions; i++) margin += (vector[i] ?? 0) * (direction[i] ?? 0);
    const label = margin > 0 ? 1 : 0;
    return { vectors: [vector.map((value) => value / length)], label, right: [!label, !!label] };
  });
}

const items = makeItems();
const data = { train: items, dev: items.slice(0, 500), dimensions, outputs: 2 };
const l2 = 1e-4;
const mlp = { weightDecay: 0.01, earlyStop: null, epochs: 10, batchSizes: [64], seed: 1, backend };

const python = `
import sys, time
import numpy as np, torch
from sklearn.linear_model import LogisticRegression
n, d = ${rows}, ${dimensions}
r = np.random.default_rng(0)
x = r.standard_normal((n, d)).astype(np.float32)
y = (x @ r.standard_normal(d) + 20 * r.standard_normal(n) > 0).astype(np.int64)
x /= np.linalg.norm(x, axis=1, keepdims=True)
start = time.perf_counter()
LogisticRegression(C=2 / (n * ${l2}), tol=1e-6, max_iter=1000).fit(x, y)
print(time.perf_counter() - start)
X, Y = torch.from_numpy(x), torch.from_numpy(y)
model = torch.nn.Sequential(torch.nn.Linear(d, 256), torch.nn.ReLU(), torch.nn.Linear(256, 2))
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.01)
start = time.perf_counter()
for epoch in range(10):
    order = torch.randperm(n)
    for i in range(0, n, 64):
        own = order[i : i + 64]
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(model(X[own]), Y[own]).backward()
        optimizer.step()
print(time.perf_counter() - start)
`;

/** Seconds of each kind of work, round by round. */
const seconds: Record<string, number[]> = {};

async function time(name: string, work: () => Promise<unknown>): Promise<void> {
  const start = performance.now();
  await work();
  seconds[name] = [...(seconds[name] ?? []), (performance.now() - start) / 1000];
}

console.log(`${rows} x ${dimensions}, two classes; ${backend.describe}`);
for (let round = 0; round < Number(values.rounds); round++) {
  await time("linear, one penalty", () => fitLinear(data, { path: [l2] }));
  await time("linear, the whole path", () => fitLinear(data));
  await time("mlp, one point", () => fitMlp(data, { ...mlp, learningRates: [1e-3] }));
  const grid = [3e-4, 1e-3, 3e-3];
  await time("mlp, three points in turn", () =>
    fitMlp(data, { ...mlp, learningRates: grid, threads: 1 }),
  );
  await time("mlp, three points on threads", () => fitMlp(data, { ...mlp, learningRates: grid }));
  if (!values.python) continue;
  const ran = spawnSync(values.python, ["-c", python], { encoding: "utf8" });
  if (ran.status !== 0) throw new Error(`${values.python} failed: ${ran.stderr}`);
  const [linear = Number.NaN, torch = Number.NaN] = ran.stdout.trim().split("\n").map(Number);
  seconds["scikit-learn"] = [...(seconds["scikit-learn"] ?? []), linear];
  seconds.PyTorch = [...(seconds.PyTorch ?? []), torch];
}

const median = (list: number[] = []) =>
  list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)] ?? Number.NaN;
for (const [name, list] of Object.entries(seconds))
  console.log(
    `${name.padEnd(30)} ${median(list).toFixed(2)} s  (${list.map((one) => one.toFixed(2)).join(", ")})`,
  );
if (values.python) {
  const ratio = (theirs: string, ours: string) =>
    (median(seconds[theirs]) / median(seconds[ours])).toFixed(2);
  console.log(
    `scikit-learn's time / linear, one penalty: ${ratio("scikit-learn", "linear, one penalty")}`,
  );
  console.log(`PyTorch's time / mlp, one point: ${ratio("PyTorch", "mlp, one point")}`);
}
process.exit(0);
