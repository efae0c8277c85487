import type { CreatedSetting, Example } from "@seedling/core/internal";
import type { Check, CloseExample, CloseItem } from "../filters/checks.ts";
import type { Agreement, Verify } from "../filters/verify.ts";
import type { Chat, Parameters } from "../llm/chat.ts";
import type { Shape } from "../prompt/prompt.ts";
import type { Rejection } from "../reply/candidate.ts";
import type { ReadingRule } from "../reply/match-option.ts";
import type { ReadReply } from "../reply/read-reply.ts";
import type { ChoiceContext } from "../settings/settings.ts";
import type { CreationState } from "./creation-state.ts";

/** Everything that decides what a creation asks and keeps. */
export interface CreationPlan {
  setting: CreatedSetting;
  shape: Shape;
  instruction: string;
  parameters: Parameters;
  seed: number;
  /** How many examples to keep. */
  target: number;
  /** How many examples one request asks for. */
  perRequest: number;
  /** The JSON schema that replies follow, or null. */
  schema: object | null;
  /** Whether each request asks for the next label in turn. */
  balance: boolean;
  /** Independent chains. */
  chains: number;
  readReply: ReadReply;
  /** What candidates must pass, in order. */
  checks: readonly Check[];
  /** The fraction of answers that must agree with a label; null: none must. */
  minAgreement: number | null;
  /** Replies in a row with nothing kept, after which creation gives up. */
  patience: number;
}

/** What a creation works with; changes nothing that is kept. */
export interface CreationDependencies {
  chat: Chat;
  similarities: ChoiceContext["similarities"];
  /** The index of near duplicates; null: they are not looked for. */
  near: NearDuplicates | null;
  /** The items that are evaluated on; null: contamination is not looked for. */
  evaluated: Contamination | null;
  /** Answers a question without its label; null: labels are not checked. */
  verify: Verify | null;
  /** Requests in flight at most. */
  concurrency: number;
  /** Writes a kept example. @returns its line, from 0 */
  keep: (example: Example, lineage: Lineage) => number;
  /** Reads a kept example back. */
  read: (line: number) => Example;
  reject: (rejection: Rejection, provenance: Provenance) => void;
  /** Called after each processed reply. */
  progress: (state: CreationState) => void;
  /** Stops the asking when it is aborted. */
  signal?: AbortSignal | undefined;
}

/** An index of kept examples that finds near duplicates. */
export interface NearDuplicates {
  /** Finds the closest kept example that is too close; of equally close ones the earliest. */
  find: (example: Example) => CloseExample | null | Promise<CloseExample | null>;
  add: (example: Example, line: number) => void | Promise<void>;
}

/** An index of what is evaluated on. */
export interface Contamination {
  /** Finds the closest item that is too close; of equally close ones the first in the order of the splits. */
  find: (example: Example) => CloseItem | null | Promise<CloseItem | null>;
}

/** The request that an example or a rejection comes from. */
export interface Provenance {
  /** The request's index in the plan, from 0. */
  request: number;
  key: string;
  /** The line of the shown example in `created.jsonl`, from 0; null: the formatting example. */
  parent: number | null;
  /** Requests between the formatting example and this one. */
  depth: number;
  chain: number;
}

/** Where a kept example comes from, and what is known of it besides its text. */
export interface Lineage extends Provenance {
  /** How the label check went, if it was made. */
  agreement?: Agreement;
  /** The rules by which it was read, where it was not written as the formatting example is. */
  readBy?: readonly ReadingRule[];
  /** The item that it is too close to, if contamination is counted and not filtered. */
  closeTo?: CloseItem;
}
