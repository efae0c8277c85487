/**
 * Speed of full fine-tuning and of encoding: padded tokens a second, batch 16 in random order, AdamW,
 * gradient cut at length 1, dropout on. Run by hand:
 *
 *   node scripts/launch.mjs benchmark-training --encoder FOLDER --data-dir DIR [--python PATH] [--batches 40]
 *     [--rounds 3] [--backend NAME] [--beside FOLDER]
 *
 * Where a Python with torch and transformers is given, it does the same work, on the same texts, in
 * turn with ours. Padding counts as tokens for both, as if both computed it.
 *
 * --beside is another encoder with the same tokenizer: each batch is done by both in turn, and the ratio is that of
 * processor time, which other work on the machine changes least.
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { parseArgs } from "node:util";
import {
  createRandom,
  openBackend,
  openTokenizer,
  readExamples,
} from "../packages/core/src/internal.ts";
import { openCheckpoint } from "../packages/trainer/src/checkpoint/checkpoint.ts";
import { addAnswers } from "../packages/trainer/src/data/examples.ts";
import { parseEncoderConfig } from "../packages/trainer/src/encoder/encoder-config.ts";
import { openWeights } from "../packages/trainer/src/encoder/held-weights.ts";
import { createOps } from "../packages/trainer/src/encoder/ops.ts";
import {
  computeBatchGradients,
  computeGradientNorm,
  scoreTokenItems,
} from "../packages/trainer/src/tune/model.ts";
import {
  countLongest,
  type TokenItem,
  tokenizeExamples,
} from "../packages/trainer/src/tune/token-items.ts";
import {
  createInitialParameters,
  createVocabulary,
} from "../packages/trainer/src/tune/vocabulary.ts";

const { values: flags } = parseArgs({
  options: {
    encoder: { type: "string" },
    "data-dir": { type: "string" },
    python: { type: "string" },
    backend: { type: "string" },
    beside: { type: "string" },
    batches: { type: "string", default: "40" },
    rounds: { type: "string", default: "3" },
  },
});
const folder = flags.encoder ?? "";
const data = flags["data-dir"] ?? "";
if (!folder || !data) throw new Error("expected --encoder FOLDER and --data-dir DIR");
const batchSize = 16;
const batches = Number(flags.batches);

const backend = await openBackend({ force: (flags.backend as "wasm") ?? null });
const ops = createOps(backend);
const tokenizer = await openTokenizer(folder);
const all = await readExamples(join(data, "yesno_close/creak/train.jsonl"));
const examples = createRandom("benchmark", 1)
  .shuffled(all)
  .slice(0, batches * batchSize);
const classes = ["True", "False"];
const tokenized = tokenizeExamples(examples, {
  classes,
  tokenizer,
  maxLength: 256,
  input: "full",
});
const items = addAnswers(examples, tokenized.items, classes);

/** An encoder in training, and the items by the rows of its trimmed table. */
async function openStudent(folder: string) {
  const checkpoint = await openCheckpoint(folder);
  const config = parseEncoderConfig(checkpoint.config, folder);
  const head = { own: config.ownHeads.classes, outputs: 2 };
  const vocabulary = createVocabulary(items, config.hidden);
  const initial = createInitialParameters(checkpoint, config, head, vocabulary, 1);
  const trainable = await openWeights(
    ops,
    initial.parameters,
    async ({ name }, kind) => (kind === "values" ? initial.load(name) : null),
    () => true,
  );
  await checkpoint.close();
  const model = { ops, config, head, weights: trainable.weights };
  return { model, trainable, rows: vocabulary.toRows(items), step: 0 };
}

type Student = Awaited<ReturnType<typeof openStudent>>;
const student = await openStudent(folder);
const { rows } = student;

const inBatches: TokenItem[][] = Array.from({ length: batches }, (_, i) =>
  rows.slice(i * batchSize, (i + 1) * batchSize),
);
const padded = inBatches.reduce(
  (sum, batch) => sum + batch.length * Math.max(...batch.map(countLongest)),
  0,
);
const real = rows.reduce((sum, item) => sum + countLongest(item), 0);

async function train(batch: readonly TokenItem[], of: Student = student): Promise<void> {
  of.step += 1;
  const options = { freeze: 0, recompute: false, parts: 1, seed: of.step };
  const { gradients } = await computeBatchGradients(of.model, batch, options);
  const scale = Math.min(1, 1 / ((await computeGradientNorm(ops, gradients)) + 1e-6));
  of.trainable.step(gradients, { step: of.step, learningRate: 2e-5, scale, weightDecay: 0.01 });
  gradients.dispose();
}

/** Padded tokens a second, of what `work` does once with all batches. */
async function measure(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return (1000 * padded) / (performance.now() - began);
}

async function trainAll(): Promise<void> {
  for (const batch of inBatches) await train(batch);
}

/** The same in PyTorch: one line of JSON. Texts come by standard input. */
const python = `
import json, sys, time, torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer
torch.set_num_threads(int(sys.argv[3]))
tokenizer = AutoTokenizer.from_pretrained(sys.argv[1])
model = AutoModelForSequenceClassification.from_pretrained(sys.argv[1], num_labels=2)
size = int(sys.argv[2])
lines = [json.loads(line) for line in sys.stdin]
def encode(part):
    tokens = tokenizer([q for q, _ in part], padding=True, truncation=True, max_length=256, return_tensors="pt")
    return tokens, torch.tensor([label for _, label in part])
batches = [encode(lines[i:i + size]) for i in range(0, len(lines), size)]
plain = lambda name: name.endswith("bias") or "LayerNorm" in name or "layer_norm" in name
named = list(model.named_parameters())
optimizer = torch.optim.AdamW([
    dict(params=[p for n, p in named if not plain(n)], weight_decay=0.01),
    dict(params=[p for n, p in named if plain(n)], weight_decay=0.0)], lr=2e-5)
def train(batch):
    optimizer.zero_grad()
    model(**batch[0], labels=batch[1]).loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
padded = sum(batch[0]["input_ids"].numel() for batch in batches)
model.train()
for batch in batches[:3]: train(batch)
began = time.perf_counter()
for batch in batches: train(batch)
trained = time.perf_counter() - began
model.eval()
with torch.no_grad():
    model(**batches[0][0])
    began = time.perf_counter()
    for batch in batches: model(**batch[0])
    encoded = time.perf_counter() - began
print(json.dumps({"train": padded / trained, "encode": padded / encoded, "version": torch.__version__}))
`;

interface PythonFigures {
  train: number;
  encode: number;
  version: string;
}

function measurePython(path: string): PythonFigures {
  const input = examples.map(({ question, label }) => JSON.stringify([question, label])).join("\n");
  const args = ["-c", python, folder, String(batchSize), String(backend.threads ?? 1)];
  const { stdout, stderr, status } = spawnSync(path, args, { input, encoding: "utf8" });
  if (status !== 0) throw new Error(`${path}: ${stderr}`);
  return JSON.parse(stdout.trim().split("\n").at(-1) ?? "");
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** Seconds of processor time. */
async function spend(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

if (flags.beside) {
  const other = await openStudent(flags.beside);
  const kinds = {
    train: (of: Student, batch: TokenItem[]) => train(batch, of),
    encode: (of: Student, batch: TokenItem[]) => scoreTokenItems(of.model, batch),
  };
  for (const [kind, work] of Object.entries(kinds)) {
    const spent = [student, other].map(() => [] as number[]);
    for (const batch of inBatches)
      for (const [at, of] of [student, other].entries())
        spent[at]?.push(await spend(() => work(of, batch)));
    const [own, others] = spent.map((seconds) => seconds.slice(1));
    const ratios = (own ?? []).map((seconds, at) => (others?.[at] ?? Number.NaN) / seconds);
    console.log(
      `${kind}: ${median(own ?? []).toFixed(2)} s of processor time a batch, beside ${median(others ?? []).toFixed(2)}; ratio ${median(ratios).toFixed(2)}`,
    );
  }
  process.exit(0);
}

for (const batch of inBatches.slice(0, 3)) await train(batch);
await scoreTokenItems(student.model, rows.slice(0, 64));
const rounds: { train: number; encode: number; python: PythonFigures | null }[] = [];
for (let round = 0; round < Number(flags.rounds); round++)
  rounds.push({
    train: await measure(trainAll),
    encode: await measure(() => scoreTokenItems(student.model, rows)),
    python: flags.python ? measurePython(flags.python) : null,
  });

console.log(
  `${backend.describe}; ${batches} batches of ${batchSize}, ${padded} padded tokens, ${real} without padding`,
);
for (const kind of ["train", "encode"] as const) {
  const ours = median(rounds.map((round) => round[kind]));
  const theirs = rounds.flatMap(({ python: figures }) => figures?.[kind] ?? []);
  const ratios = rounds.flatMap((round) => (round.python ? round[kind] / round.python[kind] : []));
  const beside =
    theirs.length > 0
      ? `; PyTorch ${rounds[0]?.python?.version} ${median(theirs).toFixed(0)}; ratio ${median(ratios).toFixed(2)} (${ratios.map((r) => r.toFixed(2)).join(", ")})`
      : "";
  console.log(`${kind}: ${ours.toFixed(0)} padded tokens/s${beside}`);
}
console.log(`largest memory: ${(process.resourceUsage().maxRSS / 1e6).toFixed(1)} GB`);
student.trainable.dispose();
