import type { TokenInputs } from "./encoder-graph.ts";
import type { GraphBuilder } from "./graph.ts";

/** What a classifier's graph takes and gives. */
export interface ClassifierForm {
  /** The number of classes; null: a choice among each example's own options. */
  classes: number | null;
  /** What an example, or an option, is read as: one text, or two that are encoded apart. */
  texts: 1 | 2;
  /** Whether segments of texts are read. */
  hasTypes: boolean;
  /** Added to the scores of the classes; left out: nothing. */
  offsets?: readonly number[] | undefined;
  /** Divides the scores. */
  temperature: number;
}

/**
 * Adds the inputs of a classifier, `input_ids`, `attention_mask` and `token_type_ids`, of a second text with `_2`
 * behind; and `logits`. Inputs are [batch, tokens] and logits [batch, classes]; of a choice [batch, choices, tokens]
 * and [batch, choices], as in transformers' classes for multiple choice.
 * @param addScores [texts, tokens] of each text -> [texts, outputs]
 */
export function addClassifier(
  g: GraphBuilder,
  form: ClassifierForm,
  addScores: (texts: TokenInputs[]) => string,
): void {
  const { classes, texts, hasTypes, offsets, temperature } = form;
  const isChoice = classes === null;
  let given = "";
  const inputs = Array.from({ length: texts }, (_, at) => {
    const suffix = at === 0 ? "" : `_${at + 1}`;
    const shape = ["batch", ...(isChoice ? ["choices"] : []), `tokens${suffix}`];
    const input = (name: string) => {
      const own = g.input({ name: name + suffix, type: "int64", shape });
      given ||= own;
      return isChoice ? joinRows(g, own) : own;
    };
    return {
      ids: input("input_ids"),
      mask: input("attention_mask"),
      types: hasTypes ? input("token_type_ids") : null,
    };
  });
  let logits = addScores(inputs);
  if (isChoice) {
    const shape = g.add("Gather", [g.add("Shape", [given]), g.ints(0, 1)]);
    logits = g.add("Reshape", [logits, shape]);
  }
  if (offsets)
    logits = g.add("Add", [
      logits,
      g.tensor("offsets", "float", [offsets.length], () => Float32Array.from(offsets)),
    ]);
  if (temperature !== 1) logits = g.add("Div", [logits, g.number(temperature)]);
  g.output(logits, { name: "logits", type: "float", shape: ["batch", classes ?? "choices"] });
}

/** [batch, choices, tokens] -> [batch x choices, tokens]. */
function joinRows(g: GraphBuilder, x: string): string {
  const tokens = g.add("Gather", [g.add("Shape", [x]), g.ints(2)]);
  return g.add("Reshape", [x, g.add("Concat", [g.ints(-1), tokens], { axis: 0 })]);
}
