import { expect, test } from "vitest";
import { toHeadlines } from "../src/report/answer/headline.ts";
import { evaluation, seeded } from "./manifests.ts";
import { sized, viewOf } from "./view-of.ts";

test("the report's answer counts each task once, and keeps sizes apart", () => {
  const full = { n: 10176, target: 10176 };
  const view = viewOf(
    evaluation(),
    evaluation({ ...seeded(2), train: { n: 37, target: 100 } }),
    evaluation({ train: full }),
    sized(100, 410),
    sized(10176, 450),
  );
  const answers = toHeadlines(view).map(({ known }) => [
    known.tasks,
    known.against,
    Math.round(686 * known.mean),
  ]);
  expect(answers).toEqual([
    [1, "same N", -10],
    [1, "same N", -50],
    [1, "full", -50],
  ]);
});
