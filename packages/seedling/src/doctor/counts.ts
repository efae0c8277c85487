import { z } from "zod";

/** The variable that names the file of counts. */
export const countsFile = "SEEDLING_TEST_COUNTS";

export const countsSchema = z.object({
  passed: z.number(),
  failed: z.number(),
  /** False also where what comes before the tests failed. */
  success: z.boolean(),
});

/** How tests ended. */
export type Counts = z.infer<typeof countsSchema>;
