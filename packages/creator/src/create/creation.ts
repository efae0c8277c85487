import type { Example } from "@seedling/core/internal";
import type { CheckContext, Close, TextIndex } from "../filters/checks.ts";
import type { Agreement } from "../filters/verify.ts";
import type { Chat } from "../llm/chat.ts";
import type { CloseTo, Rejection } from "../reply/candidate.ts";
import type { ChoiceContext } from "../settings/settings.ts";
import type { CreationState } from "./creation-state.ts";

/** What a creation works with; changes nothing that is kept. */
export interface CreationDependencies
  extends Pick<CheckContext, "evaluated">,
    Pick<ChoiceContext, "similarities"> {
  chat: Chat;
  /** Indices that find near duplicates, to which the questions of kept examples are added. */
  near: readonly TextIndex[];
  /** Answers the label check; null: there is none. */
  answer: Chat | null;
  /** Requests in flight at most. */
  concurrency: number;
  /** Writes a kept example. @returns its line, from 0 */
  keep: (example: Example, lineage: Lineage) => number;
  reject: (rejection: Rejection, provenance: Provenance) => void;
  /** Called after each processed reply. */
  progress: (state: CreationState) => void;
  /** Stops the asking when it is aborted. */
  signal?: AbortSignal | undefined;
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
  /** The item that it is too close to, if contamination is counted and not filtered. */
  closeTo?: CloseTo & Omit<Close, "closeTo">;
}
