/** The paper's five ways of choosing what the next request shows (section 2.3; `diverse` is its Contrastive). */
export const createdSettings = ["naive", "random", "diverse", "similar", "tree"] as const;

/** One of the five. */
export type CreatedSetting = (typeof createdSettings)[number];

/**
 * What a classifier is trained on: created data of one of the settings, the task's own train split,
 * or a file of the user's (`--created`). `direct` is a control without a classifier: the creator
 * model answers the test items itself.
 */
export type Source = CreatedSetting | "human" | "file" | "direct";

/** The sources that `--setting all` stands for. */
export const sources: readonly Exclude<Source, "file" | "direct">[] = [...createdSettings, "human"];

/** All sources, in the order of the tables. */
export const everySource: readonly Source[] = [...sources, "file", "direct"];

/** Whether a source is made by a language model. */
export function isCreated(source: Source): source is CreatedSetting {
  return createdSettings.some((setting) => setting === source);
}

/** Whether a language model is asked for a source: to create its examples, or to answer test items. */
export function isAsked(source: Source): source is CreatedSetting | "direct" {
  return isCreated(source) || source === "direct";
}
