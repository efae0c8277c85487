import { existsSync } from "node:fs";
import { join } from "node:path";
import { bagOfWords, readFollowed, shortenModelName } from "@seedling/core/internal";
import { toLocalFolder } from "../checkpoint/encoder-hash.ts";

/** Texts whose language must be found before the vote counts. */
const fewTexts = 20;

/** Texts that vote at most, spread over all. */
const mostTexts = 200;

/**
 * Finds the language of texts by a vote: that of more than half of those whose language is found.
 * @returns its ISO 639-1 code with its votes and how many texts voted; null: fewer than 20 did, or none has more than half
 */
export async function detectLanguage(texts: readonly string[]) {
  const { eld } = await import("eld/small");
  const step = Math.max(1, texts.length / mostTexts);
  const votes = new Map<string, number>();
  let voters = 0;
  for (let at = 0; at < texts.length; at += step) {
    const { language } = eld.detect(texts[Math.floor(at)] ?? "");
    if (language === "") continue;
    votes.set(language, (votes.get(language) ?? 0) + 1);
    voters += 1;
  }
  const [language = "", most = 0] = [...votes].reduce((a, b) => (b[1] > a[1] ? b : a), ["", 0]);
  return voters >= fewTexts && most > voters / 2 ? { language, votes: most, voters } : null;
}

const manyLanguages = /multilingual|xlm|labse|mdeberta|bge-m3/i;

/** Encoders that their makers trained on English, by their usual names. */
const english =
  /^use-lite$|MiniLM-L\d|mpnet-base|(^|[/-])(bert|roberta|distilbert|distilroberta|deberta(-v3)?|electra|modernbert|ettin)-|-en(-|$)|(^|\/)(e5|gte)-(small|base|large)/i;

/**
 * Finds the languages that an encoder knows: those that its model card declares, or English by its name.
 * @returns ISO codes; null: not known, or many
 */
export function findEncoderLanguages(encoder: string): string[] | null {
  if (encoder === bagOfWords || manyLanguages.test(encoder)) return null;
  const card = join(toLocalFolder(encoder), "README.md");
  const declared = encoder !== "use-lite" && existsSync(card) ? readLanguages(card) : null;
  if (declared) return declared.includes("multilingual") ? null : declared;
  return english.test(shortenModelName(encoder)) ? ["en"] : null;
}

/** The `language` of a model card's YAML: one, or a list. */
function readLanguages(card: string): string[] | null {
  const [, yaml = ""] = readFollowed(card)
    .toString("utf8")
    .split(/^---\s*$/m);
  const [, one = "", list = ""] =
    /^language:[ \t]*(.*)\n((?:[ \t]*-[ \t]+.*\n)*)/m.exec(yaml) ?? [];
  const found = `${one}\n${list}`.match(/[a-z]{2,}/gi)?.map((code) => code.toLowerCase()) ?? [];
  return found.length > 0 ? found : null;
}

const names = new Intl.DisplayNames(["en"], { type: "language" });

/**
 * Says that texts are in a language that an encoder does not know.
 * @returns null: it knows it, or one of the two is not known
 */
export async function renderForeignLanguage(texts: readonly string[], encoder: string) {
  const known = findEncoderLanguages(encoder);
  if (known === null || texts.length < fewTexts) return null;
  const found = await detectLanguage(texts);
  if (found === null || known.includes(found.language)) return null;
  const name = (code: string) => names.of(code) ?? code;
  return `the texts look ${name(found.language)} (${found.votes} of ${found.voters}), which the encoder ${shortenModelName(encoder)} does not know (it knows ${known.map(name).join(", ")}): expect little of it; take one of many languages, such as --encoder Xenova/paraphrase-multilingual-MiniLM-L12-v2`;
}
