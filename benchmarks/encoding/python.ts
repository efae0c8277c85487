import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

/**
 * Encodes as a Python user would: sentence-transformers in fp32, and onnxruntime with the int8 file,
 * both in batches of 32 sorted by length. Reads a line of JSON, answers with seconds.
 */
const script = `
import json, sys, time
import numpy, onnxruntime, torch
from sentence_transformers import SentenceTransformer
from transformers import AutoTokenizer

folder, int8, longest, threads = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
torch.set_num_threads(threads)
model = SentenceTransformer(folder, device="cpu")
model.max_seq_length = longest

def sentence_transformers(texts):
    model.encode(texts, batch_size=32)

engines = {"sentence-transformers fp32": sentence_transformers}
if int8:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(int8, options, providers=["CPUExecutionProvider"])
    names = {one.name for one in session.get_inputs()}
    tokenizer = AutoTokenizer.from_pretrained(folder)
    def by_onnxruntime(texts):
        ordered = sorted(texts, key=len)
        for start in range(0, len(ordered), 32):
            batch = tokenizer(ordered[start:start + 32], padding=True, truncation=True, max_length=longest, return_tensors="np")
            hidden = session.run(None, {name: value for name, value in batch.items() if name in names})[0]
            mask = batch["attention_mask"][:, :, None]
            mean = (hidden * mask).sum(1) / mask.sum(1)
            mean / numpy.linalg.norm(mean, axis=1, keepdims=True)
    engines["onnxruntime q8"] = by_onnxruntime

print(json.dumps(list(engines)), flush=True)
for line in sys.stdin:
    work = json.loads(line)
    start = time.perf_counter()
    engines[work["engine"]](work["texts"])
    print(time.perf_counter() - start, flush=True)
`;

/** Engines in a Python process. */
export interface Python {
  engines: string[];
  /** Encodes texts. @returns seconds */
  encode(engine: string, texts: readonly string[]): Promise<number>;
  close(): void;
}

/**
 * Starts a Python that has sentence-transformers and onnxruntime.
 * @param int8 the int8 file, or null
 */
export async function openPython(
  python: string,
  { folder, int8, maxLength, threads }: PythonWork,
): Promise<Python> {
  const args = ["-c", script, folder, int8 ?? "", String(maxLength), String(threads)];
  const child = spawn(python, args, { stdio: ["pipe", "pipe", "inherit"] });
  const failed = new Promise<never>((_, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`${python} ended with exit code ${code}`)));
  });
  failed.catch(() => {});
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const readLine = async (): Promise<string> => {
    const { value } = await Promise.race([lines.next(), failed]);
    return value ?? "null";
  };
  return {
    engines: JSON.parse(await readLine()),
    async encode(engine, texts) {
      child.stdin.write(`${JSON.stringify({ engine, texts })}\n`);
      return Number(await readLine());
    },
    close: () => child.stdin.end(),
  };
}

interface PythonWork {
  /** The model in the hub's layout, with model.safetensors. */
  folder: string;
  int8: string | null;
  maxLength: number;
  threads: number;
}
