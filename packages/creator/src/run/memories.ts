import { join } from "node:path";
import {
  type Context,
  type Example,
  openBackend,
  projectFolders,
  type Run,
  sha256,
} from "@seedling/core/internal";
import type { CreationMeans } from "../create/create.ts";
import { toEmbedOne } from "../filters/embed-one.ts";
import { openEvaluated } from "../filters/evaluated.ts";
import { openNear } from "../filters/near.ts";
import { combineNear, openNearByCosine } from "../filters/near-cosine.ts";
import { openLazyEmbed, toSimilarities } from "../settings/similarity.ts";
import { type EvaluatedSplit, loadEvaluatedSplits } from "./evaluated-splits.ts";

/** What a creation's candidates are compared with, beside their own form. */
export interface Memories extends Pick<CreationMeans, "near" | "evaluated" | "similarities"> {
  /** How many items of each split stand against contamination; null: it is not looked for. */
  against: Record<string, number> | null;
  close: () => Promise<void>;
}

/**
 * What is evaluated on and at hand: loaded before a creation starts, since a filter by it is an input.
 * @returns its hash where contaminated examples are rejected, else null
 */
export async function loadEvaluated(
  run: Run,
  ctx: Context,
): Promise<{ splits: EvaluatedSplit[] | null; hash: string | null }> {
  const filters = run.flags.reject?.includes("contaminated") ?? false;
  const splits = await loadEvaluatedSplits(run, ctx, filters);
  const hashes = splits?.map(({ task, split, sha256 }) => [task, split, sha256]);
  return { splits, hash: filters ? sha256(JSON.stringify(hashes)) : null };
}

/** Opens what candidates are compared with. @param read reads a kept example back */
export async function openMemories(
  { flags }: Run,
  splits: EvaluatedSplit[] | null,
  { folder, read, ctx }: { folder: string; read: (line: number) => Example; ctx: Context },
): Promise<Memories> {
  const embed = openLazyEmbed({
    encoder: flags.similarityEncoder,
    maxLength: 384,
    cacheDir: null,
    modelsDir: projectFolders.models,
    backend: () => openBackend({ force: "wasm" }),
    log: ctx.log,
  });
  const embedOne = toEmbedOne(embed);
  const { nearOverlap: overlap, nearCosine: cosine } = flags;
  const filters = flags.reject?.includes("near-duplicate") ?? false;
  const byOverlap = filters ? openNear({ overlap, read }) : null;
  const byCosine =
    filters && cosine !== null
      ? openNearByCosine({ cosine, embedOne, path: join(folder, "near-vectors.f32") })
      : null;
  if (splits && cosine !== null) {
    const n = splits.reduce((sum, { examples }) => sum + examples.length, 0);
    ctx.log(`  encoding ${n} dev and test questions for --near-cosine`);
  }
  return {
    near: byOverlap && byCosine ? combineNear(byOverlap, byCosine) : byOverlap,
    evaluated: splits && (await openEvaluated(splits, { overlap, cosine, embedOne })),
    similarities: toSimilarities(embed),
    against:
      splits &&
      Object.fromEntries(
        splits.map(({ task, split, examples }) => [`${task}/${split}`, examples.length]),
      ),
    async close() {
      byCosine?.close();
      await embed.close();
    },
  };
}
