import { dataKindOf, type Recorded, type Run } from "@seedling/core/internal";
import type { Parameters } from "../llm/chat.ts";

/** What shapes requests and is not among a run's flags as given. */
export interface Shaping {
  setting: Recorded["setting"];
  instructionText: string;
  /** How many examples are created. */
  target: number;
  parameters: Parameters;
}

/** What a recording says of itself, so that a replay asks the same. */
export function toRecorded(
  { flags, task, seeds, data }: Run,
  { setting, instructionText, target, parameters }: Shaping,
): Recorded {
  const { numExamples, instruction, similarityEncoder, replies, reply, balance, chains } = flags;
  const { reject, allow, nearOverlap, nearCosine, verify, verifyModel, minAgreement } = flags;
  return {
    version: 1,
    task: task.name,
    mark: task.fingerprint ?? null,
    setting,
    data: dataKindOf(task, data),
    instructionText,
    values: {
      exampleSeed: seeds.example,
      creationSeed: seeds.creation,
      examples: target,
      numExamples,
      ...parameters,
      instruction,
      similarityEncoder,
      replies,
      reply,
      balance,
      chains,
      reject,
      allow,
      nearOverlap,
      nearCosine,
      verify,
      verifyModel,
      minAgreement,
    },
  };
}
