import { totalmem } from "node:os";

/**
 * How threads are divided: many workers of one thread each are fastest, but each holds the weights,
 * about twice their file's size. All of them take a quarter of the memory at most.
 */
export function divideThreads(
  threads: number,
  weightBytes: number,
  memory = totalmem(),
): { workers: number; threadsEach: number } {
  const room = Math.floor(memory / 4 / (2 * weightBytes));
  const workers = Math.max(1, Math.min(threads, room));
  return { workers, threadsEach: Math.max(1, Math.floor(threads / workers)) };
}
