/** The paper's five ways of choosing what the next request shows (section 2.3; `diverse` is its Contrastive). */
export const paperSettings = ["naive", "random", "diverse", "similar", "tree"] as const;

/**
 * All ways of creating: with `attributes` each request also asks for what the language model named before, with
 * `feedback` it shows what a classifier is least sure of.
 */
export const createdSettings = [...paperSettings, "attributes", "feedback"] as const;

export type CreatedSetting = (typeof createdSettings)[number];

/**
 * The data a classifier is trained on: examples created by one of the settings, the user's own texts labelled by the
 * language model (`pool`), the task's own train split (`human`), or a file of the user's (`--created`). With `direct` no
 * classifier is trained: the language model answers the test items itself; with `names` the label whose name is nearest
 * to the text is the answer.
 */
export type Source = CreatedSetting | "pool" | "human" | "file" | "direct" | "names";

const created = {
  /** Whether a language model creates its examples, or their labels. */
  isCreated: true,
  /** Whether its examples are the texts of `--pool`, which the language model labels. */
  isPool: false,
  /** Whether each request shows an example of the reply before, in one or several chains. */
  isChained: false,
  /** Whether the next example is chosen by its question's similarity to the one before. */
  comparesQuestions: false,
  /** Whether a classifier that is fitted as it goes chooses what is shown. */
  looksAtClassifier: false,
  /** Whether people labelled all of its examples; other sources are compared with it. */
  isHuman: false,
  /** Whether its examples are the file of `--created`. */
  isFile: false,
  /** Whether a language model is asked: to create examples, or to answer test items. */
  asksModel: true,
  /** Whether a classifier is trained; else the language model answers, if it is asked, or the labels' names do. */
  trains: true,
  /** Whether human examples can be mixed into its own (`--add-human`). */
  takesHumanRows: true,
};
const given = { ...created, isCreated: false, asksModel: false };

/** Every source, in the order of the tables. */
export const sources: Readonly<Record<Source, typeof created>> = {
  naive: created,
  random: { ...created, isChained: true },
  diverse: { ...created, isChained: true, comparesQuestions: true },
  similar: { ...created, isChained: true, comparesQuestions: true },
  tree: created,
  attributes: created,
  feedback: { ...created, looksAtClassifier: true },
  pool: { ...created, isPool: true },
  human: { ...given, isHuman: true, takesHumanRows: false },
  file: { ...given, isFile: true },
  direct: { ...created, isCreated: false, trains: false, takesHumanRows: false },
  names: { ...given, trains: false, takesHumanRows: false },
};

/** The names of all sources, in the order of the tables. */
export const sourceNames = Object.keys(sources) as Source[];

/** The sources that `--setting` names; `file` is chosen by `--created`. */
export const namedSources = sourceNames.filter(
  (name): name is Exclude<Source, "file"> => !sources[name].isFile,
);

/** The sources that `--setting all` stands for: the paper's rows. */
export const allSettings = [...paperSettings, "human"] as const;

export function isCreated(source: Source): source is CreatedSetting | "pool" {
  return sources[source].isCreated;
}
