import { request } from "node:http";
import { TextError } from "@seedling/core/internal";
import { runProgram } from "@seedling/testing";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { createClassifier } from "../../trainer/src/classifier/classifier.ts";
import { type ServeOptions, serveClassifier } from "../src/serve/serve-classifier.ts";
import { serve } from "../src/serve.ts";
import { withClassifier } from "./with-classifier.ts";

const classes = ["billing", "delivery", 'the "rest"'];

interface Toy {
  classes?: readonly string[] | null;
  threshold?: number;
  /** Is waited for before a batch is answered. */
  gate?: () => Promise<void>;
}

/** Serves a classifier that counts letters: the more of a text are the first of an option, the likelier is that. */
async function open(
  { classes: own = classes, threshold, gate }: Toy = {},
  options: ServeOptions = {},
) {
  const batches: string[][] = [];
  const errors: unknown[] = [];
  const parts = {
    classes: own,
    input: "full" as const,
    save: async () => {},
    dispose: async () => {},
  };
  const least = threshold === undefined ? null : { value: threshold };
  const classifier = createClassifier({ ...parts, threshold: least }, async (examples) => {
    batches.push(examples.map(({ question, context }) => question + (context ?? "")));
    await gate?.();
    if (examples.some(({ question }) => question === "bug")) throw new TypeError("a secret");
    if (examples.some(({ question }) => question === "\u{1f600}"))
      throw new TextError("expected tokens that the encoder has weights for");
    return {
      scores: examples.map(({ question, context, options }) =>
        Float32Array.from(options, (option) =>
          question === "NaN"
            ? Number.NaN
            : `${question}${context ?? ""}`.split(option[0] ?? "").length - 1,
        ),
      ),
      truncated: examples.map(({ question }) => (question.length > 50 ? { options: [] } : null)),
    };
  });
  const server = await serveClassifier(classifier, {
    onError: (error) => errors.push(error),
    ...options,
  });
  onTestFinished(async () => void (await server.close()));
  const ask = async (body: unknown, headers: Record<string, string> = {}) => {
    const response = await fetch(`${server.url}/predict`, {
      method: "POST",
      headers: { "Content-Type": "application/json", ...headers },
      body: typeof body === "string" ? body : JSON.stringify(body),
    });
    return {
      status: response.status,
      headers: response.headers,
      value: JSON.parse(await response.text()),
    };
  };
  return { ...server, ask, batches, errors };
}

/** What waits until it is released. */
function createGate() {
  let release = () => {};
  const opened = new Promise<void>((resolve) => {
    release = resolve;
  });
  return { gate: () => opened, release };
}

/** Softmax of whole numbers. */
const odds = (...scores: number[]) => {
  const all = scores.map(Math.exp);
  return all.map((one) => one / all.reduce((sum, other) => sum + other));
};

describe("POST /predict", () => {
  it("answers as text-embeddings-inference does", async () => {
    const { ask, batches } = await open();
    const [d, b, t] = odds(2, 1, 0) as [number, number, number];
    const expected = [
      { label: "delivery", score: expect.closeTo(d) },
      { label: "billing", score: expect.closeTo(b) },
      { label: 'the "rest"', score: expect.closeTo(t) },
    ];
    const one = await ask({ inputs: "ddb" });
    expect([one.status, one.value]).toEqual([200, expected]);
    const pair = await ask({ inputs: ["d", "db"], truncate: false, raw_scores: false });
    expect(pair.value).toEqual(expected);
    const many = await ask({ inputs: [["ddb"], ["d", "db"], { question: "ddb", context: null }] });
    expect(many.value).toEqual([expected, expected, expected]);
    expect(batches.at(-1)).toEqual(["ddb", "ddb", "ddb"]);
  });

  it("takes the options of an example where a classifier has no classes", async () => {
    const { ask } = await open({ classes: null });
    const [x, y] = odds(2, 0) as [number, number];
    const example = { question: "xx", options: ["y", "x"] };
    const { value } = await ask({ inputs: [example] });
    expect(value).toEqual([
      [
        { label: "x", score: expect.closeTo(x) },
        { label: "y", score: expect.closeTo(y) },
      ],
    ]);
    const { status, value: refused } = await ask({ inputs: "xx" });
    expect([status, refused.error]).toEqual([
      422,
      expect.stringMatching(
        /^inputs: expected an object with the options .* no classes of its own$/,
      ),
    ]);
  });

  it("puts a null before the labels where the classifier gives none", async () => {
    const { ask } = await open({ threshold: 0.8 });
    expect((await ask({ inputs: "dddd" })).value[0].label).toBe("delivery");
    const { value } = await ask({ inputs: "dd" });
    expect(value.map(({ label }: { label: string }) => label)).toEqual([
      null,
      "delivery",
      "billing",
      'the "rest"',
    ]);
    expect(value[0].score).toBe(value[1].score);
  });

  it("labels together what is asked at the same time, and gives each its own", async () => {
    const { gate, release } = createGate();
    const { ask, batches, url } = await open({ gate }, { batchSize: 8 });
    const texts = Array.from({ length: 40 }, (_, i) => "db"[i % 2]?.repeat((i % 7) + 1) ?? "");
    const asked = texts.map((inputs) => ask({ inputs }));
    const waiting = async () => {
      const metrics = await (await fetch(`${url}/metrics`)).text();
      return Number(/^te_queue_size (\d+)$/m.exec(metrics)?.[1]) + batches.flat().length;
    };
    await expect.poll(waiting).toBe(40);
    release();
    const answers = await Promise.all(asked);
    expect(answers.map(({ value }) => value[0].label)).toEqual(
      texts.map((text) => (text.startsWith("d") ? "delivery" : "billing")),
    );
    expect(Math.max(...batches.map(({ length }) => length))).toBe(8);
    expect(batches.flat().sort()).toEqual(texts.sort());
  });

  const limits = { maxBody: 1000, maxInputs: 3, maxCharacters: 100 };
  it.each<[string, unknown, number, RegExp]>([
    ["no JSON", "{", 400, /^expected a body of JSON \(/],
    ["a deep body", "[".repeat(101) + "]".repeat(101), 400, /\(nested deeper than 100 levels\)$/],
    ["blanks", { inputs: " \n" }, 422, /^inputs: question: expected a text, got blanks alone$/],
    ["no inputs", {}, 422, /^expected \{"inputs": \.\.\.\}, got \{\}$/],
    ["a list", ["a"], 422, /^expected \{"inputs": \.\.\.\}, got \["a"\]$/],
    ["a number", { inputs: 7 }, 422, /^inputs: expected a text, .*, got 7$/],
    ["nothing to label", { inputs: [] }, 422, /^inputs: expected a text, .*, got \[\]$/],
    ["an empty text", { inputs: "" }, 422, /^inputs: .*question: expected a text/],
    [
      "a flat batch",
      { inputs: ["a", "b", "c"] },
      422,
      /several texts are \[\["a text"\], \["another"\]\]$/,
    ],
    [
      "three texts",
      { inputs: [["a"], ["a", "b", "c"]] },
      422,
      /^inputs\[1\]: expected one text or two/,
    ],
    ["an empty list", { inputs: [["a"], []] }, 422, /^inputs\[1\]: expected one text or two/],
    ["mixed forms", { inputs: [["a"], 7] }, 422, /^inputs\[1\]: expected a text.*got 7$/],
    [
      "other options",
      { inputs: { question: "a", options: ["x", "y"] } },
      422,
      /^inputs: expected the options/,
    ],
    [
      "logits",
      { inputs: "a", raw_scores: true },
      422,
      /^raw_scores: expected false, got true: .*probabilities alone$/,
    ],
    [
      "truncate",
      { inputs: "a", truncate: "Left" },
      422,
      /^truncate: expected true or false, got "Left"$/,
    ],
    [
      "too many",
      { inputs: [["a"], ["a"], ["a"], ["a"]] },
      413,
      /^inputs: expected at most 3 in a request, got 4$/,
    ],
    [
      "a long text",
      { inputs: [["a"], ["a".repeat(60), "b".repeat(41)]] },
      413,
      /^inputs\[1\]: expected at most 100 characters, got 101$/,
    ],
    [
      "more than is read",
      { inputs: "a".repeat(60), truncate: false },
      413,
      /^inputs: expected a text that the classifier reads whole/,
    ],
    ["a large body", { inputs: "a".repeat(2000) }, 413, /^expected a body of at most 1,000 bytes$/],
    ["no weights", { inputs: [["d"], ["\u{1f600}"]] }, 422, /^inputs\[1\]: expected tokens/],
    ["no numbers", { inputs: "NaN" }, 424, /^inputs: expected scores that are numbers/],
  ])("says in a sentence what is wrong with %s", async (_, body, status, sentence) => {
    const { ask, errors } = await open({}, limits);
    const refused = await ask(body);
    expect(refused.status).toBe(status);
    expect(refused.value).toEqual({
      error: expect.stringMatching(sentence),
      error_type: status === 424 ? "Backend" : "Validation",
    });
    expect(errors).toEqual([]);
    expect((await ask({ inputs: "d" })).status).toBe(200);
  });

  it("reads a body of 10 MB to its end, to say that it is too large", async () => {
    const { ask } = await open();
    const { status, value } = await ask({ inputs: "a".repeat(10 * 2 ** 20) });
    expect([status, value.error]).toEqual([413, "expected a body of at most 2,000,000 bytes"]);
  });

  it("shows a bug to its owner alone, and goes on", async () => {
    const { ask, errors } = await open();
    const { status, value } = await ask({ inputs: "bug" });
    expect([status, value]).toEqual([
      424,
      { error: "the classifier failed", error_type: "Backend" },
    ]);
    expect(errors).toEqual([new TypeError("a secret")]);
    expect((await ask({ inputs: "d" })).status).toBe(200);
  });

  it("refuses what comes above the queue's length, and answers what is in it", async () => {
    const { gate, release } = createGate();
    const { ask, url } = await open({ gate }, { batchSize: 1, maxWaiting: 3 });
    const texts = ["d", "b", "d", "b"];
    const asked = [];
    for (const [i, inputs] of texts.entries()) {
      asked.push(ask({ inputs }));
      const waits = `te_queue_size ${i}\n`;
      await expect.poll(async () => (await fetch(`${url}/metrics`)).text()).toContain(waits);
    }
    const { status, headers, value } = await ask({ inputs: "d" });
    expect([status, headers.get("retry-after")]).toEqual([429, "1"]);
    expect(value).toEqual({
      error: "3 texts wait already, and 3 may: ask again later",
      error_type: "Overloaded",
    });
    release();
    const labels = (await Promise.all(asked)).map(({ value: [first] }) => first.label[0]);
    expect(labels).toEqual(texts);
  });
});

describe("the server", () => {
  it("tells what it serves, that it is well, and what it counted", async () => {
    const { ask, url } = await open({}, { name: "mine" });
    await ask({ inputs: "d" });
    await ask({ inputs: [["d"], ["b"]] });
    await ask({ inputs: 7 });
    expect(await (await fetch(`${url}/info`)).json()).toMatchObject({
      model_id: "mine",
      model_type: {
        classifier: {
          id2label: { 0: "billing", 1: "delivery", 2: 'the "rest"' },
          label2id: { billing: 0, delivery: 1, 'the "rest"': 2 },
        },
      },
      max_client_batch_size: 32,
      auto_truncate: true,
    });
    const health = await fetch(`${url}/health`);
    expect([health.status, await health.text()]).toEqual([200, ""]);
    const metrics = await fetch(`${url}/metrics`);
    expect(metrics.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
    const lines = (await metrics.text()).split("\n");
    for (const line of [
      "# TYPE te_request_count counter",
      'te_request_count{method="single"} 1',
      'te_request_success{method="batch"} 1',
      'te_request_failure{err="Validation"} 1',
      'te_batch_next_size_bucket{le="1"} 1',
      'te_batch_next_size_bucket{le="+Inf"} 2',
      "te_batch_next_size_sum 3",
      "te_request_duration_count 2",
    ])
      expect(lines).toContain(line);
    for (const line of lines)
      expect(line).toMatch(/^(|# (HELP|TYPE) \w+ .+|\w+(\{\w+="[^"]+"\})? [\d.e-]+)$/);
  });

  it.each<[string, string, Record<string, string>, number]>([
    ["another path", "GET /embed", {}, 404],
    ["a name of every object", "GET /constructor", {}, 404],
    ["another method", "GET /predict", {}, 405],
    ["a preflight", "OPTIONS /predict", {}, 405],
    ["a form", "POST /predict", { "Content-Type": "text/plain" }, 415],
    ["a host that is bound anew", "GET /info", { Host: "evil.example" }, 403],
  ])("refuses %s", async (_, line, headers, status) => {
    const { url } = await open();
    const [method = "", path = ""] = line.split(" ");
    const { port } = new URL(url);
    const said = await new Promise<{ status?: number; text: string }>((resolve, reject) => {
      const sent = request({ host: "127.0.0.1", port, method, path, headers }, (response) => {
        let text = "";
        response.on("data", (piece) => {
          text += piece;
        });
        response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
      });
      sent.on("error", reject).end();
    });
    expect(said.status).toBe(status);
    expect(JSON.parse(said.text)).toEqual({
      error: expect.stringMatching(/^expected /),
      error_type: "Validation",
    });
  });

  it("answers what is in work before it closes, however long it takes, and takes no more", async () => {
    const { gate, release } = createGate();
    const { ask, batches, close, url } = await open({ gate });
    const asked = ask({ inputs: "dd" });
    await expect.poll(() => batches.length).toBe(1);
    vi.useFakeTimers({ toFake: ["setTimeout", "setInterval", "clearInterval", "clearTimeout"] });
    const closed = close();
    vi.advanceTimersByTime(60_000);
    vi.useRealTimers();
    await expect(fetch(`${url}/health`)).rejects.toThrow();
    release();
    const { status, headers, value } = await asked;
    expect([status, value[0].label]).toEqual([200, "delivery"]);
    expect(headers.get("connection")).toBe("close");
    expect(await closed).toBe(1);
  });
});

describe("serve", () => {
  it("says that its port is taken, and what to do", async () => {
    const { url } = await open();
    const folder = await withClassifier();
    const { port } = new URL(url);
    const { code, err } = await runProgram(serve, ["training", "--port", port], { cwd: folder });
    expect([code, err]).toEqual([
      2,
      `--port ${port}: another program listens there; give another port, or 0 for a free one\n`,
    ]);
  });

  it("serves a folder until it is interrupted", async () => {
    const folder = await withClassifier();
    let answer: Promise<unknown> | null = null;
    const { code, out, err } = await runProgram(serve, ["training", "--port", "0"], {
      cwd: folder,
      onOutput(said, interrupt) {
        const url = /http:\S+\/predict/.exec(said)?.[0];
        if (!url || !said.includes("Ctrl-C") || answer) return;
        const headers = { "Content-Type": "application/json" };
        const body = JSON.stringify({ inputs: "Is it so?" });
        answer = fetch(url, { method: "POST", headers, body }).then((one) => one.json());
        void answer.then(interrupt);
      },
    });
    expect(await answer).toEqual([
      { label: "False", score: expect.closeTo(0.75) },
      { label: "True", score: expect.closeTo(0.25) },
    ]);
    expect([code, err]).toEqual([0, ""]);
    expect(out).toMatch(/stopped; \d requests? in work answered\n$/);
  });

  it("says what is no classifier", async () => {
    const { code, err } = await runProgram(serve, ["none"]);
    expect([code, err]).toEqual([
      2,
      expect.stringMatching(/^<classifier>: expected a classifier's folder/),
    ]);
  });
});
