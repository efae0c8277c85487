import { FlagError } from "../messages/errors.ts";
import { renderTexts } from "./example.ts";

/** The label shares that a classifier's probabilities are to hold for: those of a split, or one for each label. */
export type Shares = "train" | "dev" | readonly number[];

/**
 * Parses `--shares`: `train`, `dev`, or `billing=0.5,refund=0.2`, where the labels that are not named share what is left.
 * @throws FlagError
 */
export function parseShares(text: string, labels: readonly string[]): Shares {
  if (text === "train" || text === "dev") return text;
  const wrong = (what: string) =>
    new FlagError(`--shares: expected ${what}, got ${JSON.stringify(text)}`);
  const named = new Map<string, number>();
  // A label may hold a comma or an equals sign.
  const rest = text.replace(/(.+?)=(\d*\.?\d+)(?:,|$)/g, (_, label: string, share: string) => {
    named.set(label.trim(), Number(share));
    return "";
  });
  if (rest !== "" || named.size === 0)
    throw wrong("train, dev, or shares such as billing=0.5,refund=0.2");
  const unknown = [...named.keys()].filter((label) => !labels.includes(label));
  if (unknown.length > 0) throw wrong(`labels of ${renderTexts(labels)}`);
  const left = 1 - [...named.values()].reduce((sum, share) => sum + share, 0);
  const others = labels.length - named.size;
  if (left < -1e-6 || (others === 0 && left > 1e-6)) throw wrong("shares that add up to 1");
  return labels.map((label) => named.get(label) ?? Math.max(0, left) / others);
}
