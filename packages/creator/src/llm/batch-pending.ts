import type { BatchState } from "./batch-api.ts";
import type { LoggedBatch } from "./batch-log.ts";

/** Requests wait at the server, which may take a day: nothing is wrong, and nothing more to do now. */
export class BatchPending extends Error {
  override name = "BatchPending";
  /** Whether it was submitted earlier, so that asking for it now costs nothing more. */
  readonly unbilled: boolean;

  constructor(message: string, { unbilled }: { unbilled: boolean }) {
    super(message);
    this.unbilled = unbilled;
  }
}

/** What was just submitted. */
export function toSubmitted(batches: readonly LoggedBatch[]): BatchPending {
  const lines = batches.map(
    ({ batch, requests, at }) => `batch ${batch} of ${requests} requests submitted at ${at}`,
  );
  return new BatchPending(`${lines.join(", ")}; ${toCommand(batches)}`, { unbilled: false });
}

/** What still runs. */
export function toRunning(
  running: readonly { batch: LoggedBatch; state: BatchState }[],
): BatchPending {
  const lines = running.map(({ batch: { batch, requests }, state }) => {
    const { completed = 0, failed = 0 } = state.request_counts ?? {};
    const status = state.status.replaceAll("_", " ");
    return `batch ${batch}: ${status}, ${completed + failed} of ${requests} done`;
  });
  return new BatchPending(`${lines.join(", ")}; ${toCommand(running)}`, { unbilled: true });
}

function toCommand({ length }: { length: number }): string {
  return `the same command collects ${length === 1 ? "it" : "them"}`;
}
