/** The paper's five ways of choosing what the next request shows (section 2.3; `diverse` is its Contrastive). */
export const createdSettings = ["naive", "random", "diverse", "similar", "tree"] as const;

/** One of the five. */
export type CreatedSetting = (typeof createdSettings)[number];

/** What a classifier is trained on: created data of one of the settings, or the benchmark's own train split. */
export type Source = CreatedSetting | "human";

/** All sources, as `--setting all` lists them. */
export const sources: readonly Source[] = [...createdSettings, "human"];

/** Whether a source is made by a language model. */
export function isCreated(source: Source): source is CreatedSetting {
  return source !== "human";
}
