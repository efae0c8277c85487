import type { Changes } from "../src/flags/flags.ts";
import {
  type Run,
  toCreationFolder,
  toEvaluationFolder,
  toTrainingFolder,
} from "../src/runs/run.ts";
import { plan } from "./planning.ts";

const env = { OPENAI_API_KEY: "sk-secret-0123456789" };

/** The one run of a command line. */
export async function only(line: string, world = env as Record<string, string>): Promise<Run> {
  const [run, ...others] = await plan(line, { env: world });
  if (!run || others.length > 0) throw new Error(`expected one run of ${line}`);
  return run;
}

/** Where the three stages of a run put their files. */
export function toFolders(run: Run) {
  return {
    create: toCreationFolder(run),
    train: toTrainingFolder(run),
    evaluate: run.tests.map((test) => toEvaluationFolder(run, test)),
  };
}

type Folders = ReturnType<typeof toFolders>;

/** Which stages of two runs have other folders. */
export function differing(one: Folders, other: Folders): string[] {
  const stages = ["create", "train", "evaluate"] as const;
  return stages.filter((stage) => String(one[stage]) !== String(other[stage]));
}

export const base = "--data strategyqa --model m";

/** The stages that a flag of each kind gives other folders. */
export const changedBy: Record<Changes, string[]> = {
  create: ["create", "train", "evaluate"],
  train: ["train", "evaluate"],
  evaluate: ["evaluate"],
  none: [],
};
