import { basename, dirname } from "node:path";
import {
  type Context,
  type CreationManifest,
  type Example,
  listFolders,
  lockFolder,
  type Run,
  renderCount,
  renderUsd,
  renderWhole,
  toAnswer,
  toMessage,
  toRunName,
  writeEnding,
} from "@seedling/core/internal";
import { openCreationFiles } from "../create/create-examples.ts";
import { type CreationState, countAnswer, countTokens, createState } from "../create/creation.ts";
import { labelPool } from "../direct/label-pool.ts";
import type { PoolText } from "../direct/read-pool.ts";
import {
  type Agreement,
  buildCheckRequest,
  createVerify,
  letterOrders,
} from "../filters/verify.ts";
import type { Chat } from "../llm/chat.ts";
import { findStop, openRunChat, type RunChat, writeRecording } from "../llm/run-chat.ts";
import { renderSent } from "../llm/sent.ts";
import { countRejection, type Rejection, renderCounts } from "../reply/candidate.ts";
import type { CreatorDependencies } from "./create-run.ts";
import { describeEnding } from "./describe-ending.ts";
import { openRunRefit } from "./open-refit.ts";
import { type PlannedPool, planPool } from "./plan-pool.ts";
import { computeUsd, renderLabels } from "./summary.ts";

/** Milliseconds between two lines that say how far the labelling is. */
const between = 10_000;

/**
 * Labels the texts of a run's `--pool`, unless they are: their blind answers -> the files of a creation, with the row of
 * each text in its lineage. Every reply goes to the journal as it comes, and none is asked for twice.
 */
export async function poolRun(run: Run, ctx: Context, deps: CreatorDependencies): Promise<void> {
  const { plan, pool } = await planPool(run, ctx);
  if (plan.state === "done") ctx.log(`${toRunName(run)}: ${plan.why}`);
  if (pool === null) return;
  const { folder, completions, prices, wanted, texts } = pool;
  const { flags } = run;
  const unlock = lockFolder(folder);
  try {
    const { parameters, about } = pool.check;
    const instructionText = about ?? "";
    writeRecording(run, folder, "", {
      setting: "pool",
      instructionText,
      target: wanted,
      parameters,
    });
    // An encoder that is not there is an error before anything is paid for.
    const fitting = wanted < texts.length ? await openRunRefit(run, ctx, deps.openRefit) : null;
    try {
      const neighbours = listFolders(dirname(folder));
      const opening = { completions, folder, neighbours, flags, prices, ctx, ...deps };
      const source = await openRunChat(opening);
      try {
        await label(pool, source, fitting?.judge ?? null, ctx, deps);
      } finally {
        await source.close();
      }
    } finally {
      await fitting?.close();
    }
  } finally {
    unlock();
  }
}

async function label(
  pool: PlannedPool,
  source: RunChat,
  judge: Parameters<typeof labelPool>[1]["judge"],
  ctx: Context,
  { clock }: Pick<CreatorDependencies, "clock">,
): Promise<void> {
  const { run, folder, check, wanted, texts, prices } = pool;
  const name = toRunName(run);
  const state = createState(pool.splits !== null);
  const files = openCreationFiles(folder);
  let printed = clock.now();
  const toProvenance = ({ row, example }: PoolText) => ({
    request: row,
    key: buildCheckRequest[check.answers]({ ...check, example, ask: 0 }).key,
    ...{ parent: null, depth: 0, chain: 0, pool: row },
  });
  const drop = (rejection: Rejection, text: PoolText) => {
    countRejection(state.rejections, rejection);
    files.reject(rejection, toProvenance(text));
  };
  const keep = (example: Example, text: PoolText, agreement: Agreement) => {
    files.keep(example, { ...toProvenance(text), agreement });
    const answer = toAnswer(example);
    state.labels[answer] = (state.labels[answer] ?? 0) + 1;
    state.funnel.kept += 1;
    if (clock.now() - printed < between) return;
    printed = clock.now();
    ctx.log(`  ${renderWhole(state.funnel.kept)} of ${renderWhole(wanted)} labelled`);
  };
  const end = (stopped: CreationManifest["stopped"]) => {
    const { replies, ...usage } = state.checking;
    const { model } = check.parameters;
    const facts = { ...pool, model, verified: true, evaluated: pool.splits };
    writeEnding(folder, stopped === null ? "done" : "partial", {
      ...describeEnding(facts, state, source.lost, stopped),
      formattingExample: { row: null },
      // Texts without a majority of answers are no lack: all that were wanted were asked about.
      target: stopped === null ? state.funnel.kept : wanted,
      replies,
      // All of its tokens are of answers: there is no created label to check.
      labelCheck: null,
      levels: [],
      usage,
      outputs: files.hash(),
    } satisfies CreationManifest);
  };
  state.funnel.candidates = pool.read.length;
  const unformed = pool.rejected.filter(({ rejection }) => rejection.reason === "wrong fields");
  state.funnel.valid = pool.read.length - unformed.length;
  state.funnel.new = texts.length;
  for (const line of renderStart(pool)) ctx.log(line);
  const removeInterrupt = ctx.onInterrupt(() => {
    end("interrupt");
    return `${name}: ${state.funnel.kept} of ${wanted} labelled, every reply that came is saved in ${folder}`;
  });
  let failure: unknown = null;
  try {
    for (const { text, rejection } of pool.rejected) drop(rejection, text);
    await labelPool(texts, {
      limit: wanted,
      answer: createAnswer(pool, state, source.chat(check.parameters, prices.checking)),
      minAgreement: pool.minAgreement,
      judge,
      concurrency: run.flags.batch ? Number.POSITIVE_INFINITY : run.flags.concurrency,
      keep,
      reject: drop,
    });
  } catch (error) {
    failure = error;
  }
  removeInterrupt();
  const stopped = failure === null ? null : (findStop(failure) ?? "failure");
  end(stopped);
  files.close();
  if (stopped === "failure") throw failure;
  if (failure !== null) {
    const then = stopped === "cap" ? "; a larger cap goes on from here" : "";
    ctx.log(`  ${toMessage(failure)}${then}`);
  }
  const usd = computeUsd(state, prices);
  const cost = usd === null ? "" : `, ${renderUsd(usd)} USD`;
  ctx.log(
    `  ${renderWhole(state.funnel.kept)} of ${renderWhole(wanted)} labelled; rejected: ${renderCounts(state.rejections)}; ${renderWhole(countTokens(state))} tokens${cost}`,
  );
  ctx.log(`  labels: ${renderLabels(state, "fixed")}`);
}

/** Creates what has a text answered, and counts that. */
function createAnswer({ check, wanted }: PlannedPool, state: CreationState, chat: Chat) {
  return createVerify({
    ...check,
    async chat(request) {
      const completion = await chat(request);
      for (const adapted of completion.adapted) state.adapted.add(adapted);
      countAnswer(state, completion, check, wanted);
      return completion;
    },
  });
}

/** Renders what is about to be asked, and which texts are not asked about. */
function renderStart({
  run,
  completions,
  path,
  read,
  labelled,
  texts,
  wanted,
  check,
}: PlannedPool) {
  const all = read.length;
  const file = basename(path);
  const { model } = check.parameters;
  const few = wanted < texts.length ? ", those first that a classifier is least sure of" : "";
  const each = check.answers === "letters" ? letterOrders : check.times;
  const how = completions.kind === "live" ? "" : ", replayed";
  const sent = renderSent(completions, "the task's description, the texts, and the labels' names");
  const aside = all - texts.length;
  return [
    `${toRunName(run)}: ${model} labels ${renderWhole(wanted)} of ${renderCount(all, "text")} of ${file}, ${renderCount(each, "answer")} each${few}${how}`,
    ...(sent ? [sent] : []),
    ...(aside > 0
      ? [
          `  ${renderCount(aside, "text")} set aside: repeated, or too close to what is evaluated on`,
        ]
      : []),
    ...(labelled > 0
      ? [`  the labels that ${renderCount(labelled, "text")} of them have are not looked at`]
      : []),
  ];
}
