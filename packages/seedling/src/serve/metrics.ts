/** Upper bounds of a histogram's buckets: seconds from 0.1 ms on, each 1.5 times the one before; sizes by powers of two. */
const seconds = Array.from({ length: 30 }, (_, i) => Number((0.0001 * 1.5 ** i).toPrecision(4)));
const sizes = Array.from({ length: 11 }, (_, i) => 2 ** i);

const histograms = {
  te_request_duration: { help: "Seconds from a request's body to its answer.", bounds: seconds },
  te_request_queue_duration: { help: "Seconds that a batch's first text waited.", bounds: seconds },
  te_request_inference_duration: { help: "Seconds that a batch took.", bounds: seconds },
  te_batch_next_size: { help: "Texts of a batch.", bounds: sizes },
};

const counters = {
  te_request_count: "Requests to /predict, by whether they are a batch.",
  te_request_success: "Those that were answered.",
  te_request_failure: "Those that were not, by the type of the error.",
};

/**
 * What a server counts, by the names that text-embeddings-inference has for it.
 * @returns what counts, and what renders it as Prometheus reads it (text format 0.0.4)
 */
export function createMetrics() {
  const counts = new Map<string, number>();
  const observed = new Map<string, { buckets: number[]; sum: number; count: number }>();
  for (const [name, { bounds }] of Object.entries(histograms))
    observed.set(name, { buckets: bounds.map(() => 0), sum: 0, count: 0 });
  return {
    /** @param label such as `method="single"`; never a text of a user */
    count(name: keyof typeof counters, label = ""): void {
      const key = label === "" ? name : `${name}{${label}}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    },
    observe(name: keyof typeof histograms, value: number): void {
      const own = observed.get(name);
      if (!own) return;
      own.sum += value;
      own.count += 1;
      for (const [i, bound] of histograms[name].bounds.entries())
        if (value <= bound) own.buckets[i] = (own.buckets[i] ?? 0) + 1;
    },
    render(queued: number): string {
      const lines = Object.entries(counters).flatMap(([name, help]) => [
        ...describe(name, "counter", help),
        ...Array.from(counts, ([key, n]) => `${key} ${n}`).filter(
          (line) => line.split(/[{ ]/)[0] === name,
        ),
      ]);
      lines.push(...describe("te_queue_size", "gauge", "Texts that wait."));
      lines.push(`te_queue_size ${queued}`);
      for (const [name, { help, bounds }] of Object.entries(histograms)) {
        const { buckets = [], sum = 0, count = 0 } = observed.get(name) ?? {};
        lines.push(
          ...describe(name, "histogram", help),
          ...bounds.map((bound, i) => `${name}_bucket{le="${bound}"} ${buckets[i]}`),
          `${name}_bucket{le="+Inf"} ${count}`,
          `${name}_sum ${sum}`,
          `${name}_count ${count}`,
        );
      }
      return `${lines.join("\n")}\n`;
    },
  };
}

function describe(name: string, type: string, help: string): string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`];
}
