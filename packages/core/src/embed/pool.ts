import type { Batch, Encoder } from "./encoder.ts";

/** Encoders on threads of their own, opened once there is work for them. */
export interface Crew {
  size: number;
  open: () => Promise<Encoder>;
  /**
   * Milliseconds of unbroken work after which they are opened. As long as opening takes: so the
   * whole takes at most twice the time of the better choice, whatever is still to come.
   */
  after: number;
}

interface Job {
  batch: Batch;
  resolve: (vectors: Float32Array) => void;
  reject: (error: unknown) => void;
}

/**
 * One encoder made of several: short work is done by the one at hand, longer work by a crew, which
 * then stays. Batches may be given without waiting for those before.
 */
export function openPool(own: Encoder, crew: Crew): Encoder {
  const queue: Job[] = [];
  const idle: Encoder[] = [own];
  let busy = 0;
  let since: number | null = null;
  let members: Promise<Encoder[]> | null = null;
  let failure: { error: unknown } | null = null;
  let ownRests = false;

  function hire(): void {
    members = Promise.allSettled(Array.from({ length: crew.size }, () => crew.open())).then(
      async (opened) => {
        const there = opened.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
        const failed = opened.find((one) => one.status === "rejected");
        if (failed) {
          failure = { error: failed.reason };
          for (const { reject } of queue.splice(0)) reject(failed.reason);
        }
        ownRests = true;
        idle.splice(0, idle.length, ...there);
        assign();
        return there;
      },
    );
  }

  function assign(): void {
    const isLong = since !== null && performance.now() - since >= crew.after;
    if (members === null && crew.size > 1 && queue.length > 0 && isLong) hire();
    for (let encoder = idle.at(-1); encoder && queue.length > 0; encoder = idle.at(-1)) {
      const job = queue.shift() as Job;
      idle.pop();
      void work(encoder, job);
    }
  }

  async function work(encoder: Encoder, { batch, resolve, reject }: Job): Promise<void> {
    busy++;
    since ??= performance.now();
    await encoder.encode(batch).then(resolve, reject);
    if (!(encoder === own && ownRests)) idle.push(encoder);
    // Whoever waited for this batch goes first: what they give next belongs to the same work.
    setImmediate(() => {
      busy--;
      if (busy === 0 && queue.length === 0) since = null;
      assign();
    });
  }

  return {
    dimensions: own.dimensions,
    encode: (batch) =>
      new Promise((resolve, reject) => {
        if (failure) return reject(failure.error);
        queue.push({ batch, resolve, reject });
        assign();
      }),
    async dispose() {
      failure = { error: new Error("the encoder was closed") };
      for (const { reject } of queue.splice(0)) reject(failure.error);
      for (const member of (await members) ?? []) await member.dispose();
      await own.dispose();
    },
  };
}
