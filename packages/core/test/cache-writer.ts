// Caches vectors of 2000 numbers from argv[3] on in the folder argv[2], in portions of various sizes, and
// prints after each block how many numbers stand there.
import { withCache } from "../src/embed/cache.ts";

const [dir = "", offset = ""] = process.argv.slice(2);
const cached = withCache(
  {
    id: "test/1",
    cutsOption: () => false,
    hash: "test",
    dimensions: 3,
    maxLength: 8,
    embed: async (texts) =>
      texts.map((text) => ({ vector: new Float32Array(3).fill(Number(text)), tokens: 1, kept: 1 })),
    dispose: async () => {},
  },
  dir,
);
for (let from = 0; from < 2000; ) {
  const size = Math.min(1 + (from % 40), 2000 - from);
  await cached.embed(Array.from({ length: size }, (_, i) => String(Number(offset) + from + i)));
  from += size;
  process.stdout.write(`${from}\n`);
}
await cached.dispose();
