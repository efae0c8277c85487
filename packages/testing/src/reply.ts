import { createRandom, type Random } from "@seedling/core/internal";

/** One message of a request. */
export interface AskedMessage {
  role: "system" | "user";
  content: string;
}

const subjects = "river,stone,violin,comet,harbour,glacier,poem,beetle,orchard,engine,island,clock";
const verbs = "sing,melt,travel,shine,grow,break,float,sleep,turn,burn,answer,fall";
const places = "at night,in winter,under water,on the moon,in Paris,by itself,in the desert,at sea";

/** The most probable first: the right option's letter, and more of A than there should be. */
export function toLetters(messages: readonly AskedMessage[]) {
  const shown = JSON.parse(messages.at(-1)?.content ?? "{}") as Record<string, unknown>;
  const options = shown.Options as string[];
  const texts = options.map((option) => option.slice(3));
  const known = createRandom("known", String(shown.Question)).pick(texts.toSorted());
  const shares = texts.map((text, i) => (text === known ? 6 : 1) + (i === 0 ? 2 : 0));
  const sum = shares.reduce((all, share) => all + share, 0);
  const tokens = options.map((option, i) => ({
    token: option.slice(0, 1),
    logprob: Math.log((shares[i] as number) / sum),
  }));
  return tokens.sort((one, other) => other.logprob - one.logprob);
}

/** What the model says: a function of messages and seed alone. */
export function toReply(messages: readonly AskedMessage[], seed: number | string): string {
  const random = createRandom("reply", JSON.stringify(messages), seed);
  const all = messages.map(({ content }) => content).join("\n");
  const from = all.lastIndexOf("{\n");
  const json = all.slice(from, all.indexOf("\n}", from) + 2);
  if (/JSON array of (?:their names|\d+ strings)/.test(all)) return toNames(all, random);
  const shown = JSON.parse(json) as Record<string, unknown>;
  if (!("Answer" in shown)) return toBlindAnswer(shown, random);
  const asked = Number(/\d+/.exec(all)?.[0] ?? 5);
  const count = asked + random.pick([0, 0, 0, 0, 0, 0, -1, 1]);
  const objects = Array.from({ length: Math.max(1, count) }, () =>
    JSON.stringify(toObject(shown, random), null, random.pick([0, 2])),
  );
  const broken = random.next() < 0.1;
  if (broken) objects.push((objects.pop() as string).slice(0, -15));
  const array = `[${objects.join(",\n")}${broken ? "" : "]"}`;
  return random.pick([array, array, `\`\`\`json\n${array}\n\`\`\``, objects.join("\n")]);
}

/** What examples differ in, or values of that; now and then nothing that can be read. */
function toNames(all: string, random: Random): string {
  const words = /their names/.test(all) ? "Subject,Style,Length" : random.pick([subjects, verbs]);
  const names = random.shuffled(words.split(",")).slice(0, 6);
  const list = names.map((name, i) => `${i + 1}. **${name}**: as it is`).join("\n");
  const said = [JSON.stringify(names), `\`\`\`json\n${JSON.stringify(names)}\n\`\`\``, list];
  return random.pick([...said, "It depends."]);
}

/** An answer to a question whose label is not shown: what the question decides, but for some slips. */
function toBlindAnswer({ Question, Options }: Record<string, unknown>, random: Random): string {
  const options = Options as string[];
  const known = createRandom("known", String(Question)).pick([...options].sort());
  const answer = random.next() < 0.2 ? random.pick(options) : known;
  return random.next() < 0.1 ? "Who can say?" : JSON.stringify({ answer });
}

function toObject(shown: Record<string, unknown>, random: Random): Record<string, unknown> {
  const word = (words: string) => random.pick(words.split(","));
  const repeated = random.next() < 0.1;
  const name = repeated ? "comet" : `${word(subjects)} ${random.int(1e6).toString(36)}`;
  const question = `Can a ${name} ${repeated ? "sing" : word(verbs)} ${word(places)}?`;
  const shownOptions = shown.Options as string[];
  // A shown example of fixed options has these first (creator/src/prompt/prompt.ts).
  const fixed = Object.keys(shown)[0] === "Options";
  const words = random.shuffled(`${subjects},${verbs}`.split(","));
  const options = fixed ? shownOptions : words.slice(0, shownOptions.length);
  const values: Record<string, unknown> = {
    Question: question,
    Options: options,
    Answer: random.pick(options),
    Context: `The ${name} is known for what it does ${word(places)}; many have "seen" it.`,
  };
  return Object.fromEntries(Object.keys(shown).map((key) => [key, values[key] ?? null]));
}
