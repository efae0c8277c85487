import { type EmbedProgress, renderWhole } from "@seedling/core/internal";

/** Milliseconds between lines. */
const every = 5000;

/**
 * Tells now and then how many texts are done.
 * @param what was done with them, such as "embedded"
 * @param now the time in milliseconds
 */
export function createEmbedProgress(
  what: string,
  log: (line: string) => void,
  now: () => number = Date.now,
): EmbedProgress {
  let told = now();
  return (done, total) => {
    if (now() - told < every) return;
    told = now();
    log(`  ${renderWhole(done)} of ${renderWhole(total)} texts ${what}`);
  };
}
