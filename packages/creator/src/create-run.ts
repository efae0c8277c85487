import { join } from "node:path";
import {
  type CreationManifest,
  creationManifestSchema,
  type Desk,
  ExpectedError,
  isCreated,
  isDone,
  openBackend,
  places,
  type Run,
  recordingFiles,
  sha256,
  toCreationFolder,
  toExamplesJsonl,
  toRunName,
  writeAtomic,
  writeEnding,
} from "@seedling/core";
import type { Completion } from "./ask/chat.ts";
import { openSourceChat } from "./ask/source-chat.ts";
import { create } from "./creation.ts";
import { openCreationFiles } from "./creation-files.ts";
import { toManifest, toRunCost } from "./creation-record.ts";
import { prepareCreation } from "./prepare.ts";
import { type Progress, toStart } from "./progress.ts";
import { renderEnd, renderGivenUp, renderProgress, renderStart } from "./progress-lines.ts";
import { openSimilarity } from "./similarity.ts";

/** Milliseconds between lines of progress. */
const progressEvery = 5000;

/**
 * Creates the examples of a run, unless they are there: one formatting example -> `created.jsonl`,
 * `lineage.jsonl` and a manifest in the creation's folder. `human` has nothing to create.
 */
export async function createRun(run: Run, desk: Desk): Promise<void> {
  const { source, completions, flags } = run;
  if (!isCreated(source) || completions === null) return;
  const folder = toCreationFolder(run);
  const prepared = await prepareCreation(run, desk);
  const { plan, recorded } = prepared;
  const example = toExamplesJsonl([plan.shape.formatting]);
  const inputs = { example: sha256(example), instruction: sha256(plan.instruction) };
  if (await isDone(folder, creationManifestSchema, inputs)) {
    desk.notice(`${toRunName(run)}: already created`);
    return;
  }
  writeAtomic(join(folder, recordingFiles.example), example);
  if (completions.kind === "live")
    writeAtomic(join(folder, recordingFiles.flags), `${JSON.stringify(recorded, null, 2)}\n`);
  const files = openCreationFiles(folder);
  const replies = openSourceChat(completions, plan.parameters, folder, flags, desk);
  const similarity = openSimilarity({
    encoder: flags.similarityEncoder,
    maxLength: 384,
    cacheDir: null,
    modelsDir: places.models,
    backend: () => openBackend({ force: "wasm" }),
    notice: desk.notice,
  });
  desk.notice(renderStart(run, plan));

  let date = "";
  let state: Progress = toStart();
  let told = Date.now();
  const end = (stopped: CreationManifest["stopped"]) => {
    replies.close();
    const outputs = files.close();
    const ending = stopped === null ? "done" : "partial";
    writeEnding(
      folder,
      ending,
      toManifest(run, prepared, state, { inputs, outputs, date, stopped }),
    );
  };
  const atEase = desk.onInterrupt(() => {
    end("interrupt");
    return `${toRunName(run)}: ${state.kept} of ${plan.target} kept, every reply that came is saved in ${folder}`;
  });
  try {
    state = await create(plan, {
      chat: async (request) => {
        const completion: Completion = await replies.chat(request);
        if (completion.at > date) date = completion.at;
        return completion;
      },
      similarities: similarity.similarities,
      concurrency: flags.concurrency,
      keep: files.keep,
      progress(now) {
        state = now;
        if (Date.now() - told < progressEvery) return;
        told = Date.now();
        desk.notice(renderProgress(now, plan.target));
      },
    });
  } catch (error) {
    end("failure");
    throw error;
  } finally {
    atEase();
    await similarity.close();
  }
  end(state.gaveUp ? "patience" : null);
  desk.notice(renderEnd(state, plan.target, toRunCost(run, state)));
  if (state.gaveUp && !flags.allowShort) throw new ExpectedError(renderGivenUp(state, plan));
}
