import { join } from "node:path";
import { type Context, type Env, isReadBy, type Run, sources } from "@seedling/core/internal";
import type { Refit } from "../create/creation.ts";
import type { JudgeOthers } from "../direct/label-pool.ts";

/** Opens what fits a classifier while examples are created: `openRefit` of @seedling/trainer. */
export type OpenRefit = (options: {
  encoder: string;
  classes: readonly string[] | null;
  seed: number;
  vectorCache: string;
  log: (line: string) => void;
  fetch: typeof fetch;
  env: Env;
}) => Promise<{ refit: Refit; judge: JudgeOthers; close: () => Promise<void> }>;

/** Opens what a run's creation looks at; null: at no classifier. @throws ExpectedError if there is no encoder */
export async function openRunRefit(run: Run, { log, fetch, env }: Context, open: OpenRefit) {
  const { task, source, seeds, flags } = run;
  if (!isReadBy("chunk", source, flags) && !sources[source].isPool) return null;
  const vectorCache = join(flags.results, "cache", "embeddings");
  const named = { encoder: flags.similarityEncoder, classes: task.labels, seed: seeds.creation };
  return open({ ...named, vectorCache, log, fetch, env });
}
