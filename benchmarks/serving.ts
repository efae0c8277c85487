/**
 * Speed of a served classifier beside its own, without HTTP, in turn. Run by hand:
 *
 *   node scripts/launch.mjs benchmark-serving CLASSIFIER [--texts 1600] [--words 16] [--rounds 5]
 *
 * Texts have from 6 words to `--words`; those of a choice have three options each. The clients are another process on
 * the same machine, which reuses its connections; latencies are of all rounds. The classifier's own speed is that of as
 * many texts a call as the clients ask at the same time, and of all in one call. Beside the ratio of speeds stands that
 * of processor time, the clients' included, which a busy machine changes less.
 */
import { fork } from "node:child_process";
import { Agent, request } from "node:http";
import { parseArgs } from "node:util";
import { serveClassifier } from "../packages/seedling/src/index.ts";
import { loadClassifier } from "../packages/trainer/src/index.ts";

type Input = string | { question: string; options: string[] };

interface Work {
  url: string;
  texts: Input[];
  /** Requests at the same time. */
  clients: number;
  /** Texts of a request. */
  inputs: number;
}

interface Answer {
  /** Milliseconds of each request. */
  latencies: number[];
  cpu: number;
}

if (process.send)
  process.on("message", async (work: Work) => {
    const start = process.cpuUsage();
    const latencies = await ask(work);
    process.send?.({ latencies, cpu: countSeconds(start) } satisfies Answer);
  });
else await compare();

async function ask({ url, texts, clients, inputs }: Work): Promise<number[]> {
  const latencies: number[] = [];
  const agent = new Agent({ keepAlive: true });
  let next = 0;
  const askInTurn = async () => {
    while (next < texts.length) {
      const own = texts.slice(next, next + inputs);
      next += inputs;
      const start = performance.now();
      const batch = own.map((one) => (typeof one === "string" ? [one] : one));
      const body = JSON.stringify({ inputs: inputs === 1 ? own[0] : batch });
      await post(url, body, agent);
      latencies.push(performance.now() - start);
    }
  };
  await Promise.all(Array.from({ length: clients }, askInTurn));
  agent.destroy();
  return latencies;
}

function post(url: string, body: string, agent: Agent): Promise<void> {
  const headers = { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(body) };
  return new Promise((resolve, reject) => {
    const sent = request(`${url}/predict`, { method: "POST", agent, headers }, (response) => {
      response.resume();
      response.once("end", () =>
        response.statusCode === 200 ? resolve() : reject(new Error(`${response.statusCode}`)),
      );
    });
    sent.once("error", reject);
    sent.end(body);
  });
}

async function compare(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      texts: { type: "string", default: "1600" },
      words: { type: "string", default: "16" },
      rounds: { type: "string", default: "5" },
    },
  });
  const words = "where is the parcel that I ordered last week and why was it never here".split(" ");
  const classifier = await loadClassifier(positionals[0] ?? "");
  const texts = Array.from({ length: Number(values.texts) }, (_, i): Input => {
    const question = Array.from({ length: 6 + (i % (Number(values.words) - 5)) }, (_, at) =>
      at === 0 ? `${i}` : words[at % words.length],
    ).join(" ");
    return classifier.classes ? question : { question, options: ["here", "at home", "lost"] };
  });
  const server = await serveClassifier(classifier);
  const client = fork(process.argv[1] ?? "");
  client.once("exit", (code) => code && process.exit(code));
  const forms = [
    { clients: 64, inputs: 1 },
    { clients: 256, inputs: 1 },
    { clients: 8, inputs: 32 },
  ].map((form) => ({
    ...form,
    speeds: [] as number[],
    shares: [] as number[],
    costs: [] as number[],
    latencies: [] as number[],
  }));
  const measureOwn = (size: number) =>
    measure(texts.length, async () => {
      for (let from = 0; from < texts.length; from += size)
        await classifier.predict(texts.slice(from, from + size));
      return undefined;
    });
  for (let round = 0; round <= Number(values.rounds); round++) {
    const whole = await measureOwn(texts.length);
    for (const { clients, inputs, speeds, shares, costs, latencies } of forms) {
      const own = await measureOwn(clients * inputs);
      const served = await measure(texts.length, async () => {
        const answered = new Promise<Answer>((resolve) => client.once("message", resolve));
        client.send({ url: server.url, texts, clients, inputs } satisfies Work);
        return answered;
      });
      if (round === 0) continue; // it warms up
      speeds.push(served.speed / own.speed);
      shares.push(served.speed / whole.speed);
      costs.push(own.seconds / served.seconds);
      latencies.push(...(served.answer?.latencies ?? []));
      console.log(`own, ${clients * inputs} a call: ${render(own)}`);
      console.log(`${clients} clients, ${inputs} a request: ${render(served)}`);
    }
  }
  for (const { clients, inputs, speeds, shares, costs, latencies } of forms)
    console.log(
      `${clients} clients, ${inputs} a request: ${findQuantile(speeds, 0.5).toFixed(2)} of its own speed, ${findQuantile(costs, 0.5).toFixed(2)} by processor time; ${findQuantile(shares, 0.5).toFixed(2)} of its speed with all in one call (medians); p50 ${findQuantile(latencies, 0.5).toFixed(0)} ms, p99 ${findQuantile(latencies, 0.99).toFixed(0)} ms`,
    );
  client.kill();
  await server.close();
  await classifier.dispose();
  process.exit(0);
}

async function measure(texts: number, work: () => Promise<Answer | undefined>) {
  const [start, cpu] = [performance.now(), process.cpuUsage()];
  const answer = await work();
  const speed = texts / ((performance.now() - start) / 1000);
  const seconds = (countSeconds(cpu) + (answer?.cpu ?? 0)) * (1000 / texts);
  return { speed, seconds, answer };
}

function countSeconds(start: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1e6;
}

function render({ speed, seconds }: { speed: number; seconds: number }): string {
  return `${speed.toFixed(0)} texts/s, ${seconds.toFixed(2)} s of processor time for 1,000`;
}

function findQuantile(values: number[], part: number): number {
  return [...values].sort((a, b) => a - b)[Math.floor(part * (values.length - 1))] ?? Number.NaN;
}
