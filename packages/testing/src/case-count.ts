/** Whether tests run their large simulations and all their random cases: `SEEDLING_TEST_FULL=1`. */
export const isFull = Boolean(process.env.SEEDLING_TEST_FULL);

/** Counts the random cases of a test: all of them where tests run in full, else a tenth. */
export function caseCount(full: number): number {
  return isFull ? full : Math.ceil(full / 10);
}
