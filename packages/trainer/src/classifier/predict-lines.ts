import {
  createLongLineError,
  decodeUtf8,
  ExpectedError,
  parseObjectLine,
  TextError,
  toRecord,
} from "@seedling/core/internal";
import type { UnlabelledExample } from "../data/examples.ts";
import { renderCutOption } from "../features/truncation.ts";
import { type Classifier, isBelow, noNumbers, type OptionPrediction } from "./classifier.ts";
import { type AnswerKeys, addKeys, chooseKeys } from "./line-keys.ts";
import { createExampleReader, predictEach } from "./unlabelled-examples.ts";

const linesAtOnce = 512;

/** How many lines were labelled, how many of these were truncated, and how many could not be. */
export interface LineCount {
  /** Those that are less probable than the threshold are among them. */
  labelled: number;
  /** Less probable than the threshold: their label is null, unless a language model gave it. */
  unsure: number;
  /** Those of them that a language model labelled, and those whose answer from it could not be read. */
  asked: number;
  unreadable: number;
  truncated: number;
  bad: number;
}

/**
 * Asks a language model about examples below the threshold: an option's index; null: its answer cannot be read; "not
 * asked": it is asked no more, such as at a cap.
 */
export type Ask = (
  examples: readonly UnlabelledExample[],
) => Promise<readonly (number | null | "not asked")[]>;

export interface LinesDependencies {
  /** The file, for messages such as `in.jsonl:3: ...`. */
  name: string;
  /** The key that an answer is written as, unless the lines have it. */
  answerKey: string;
  classifier: Pick<Classifier, "classes" | "threshold" | "predictOptions">;
  /** Left out: what is below the threshold stays without a label. */
  ask?: Ask | undefined;
  write: (text: string) => void | Promise<void>;
  /** Is called for the first ten lines that cannot be labelled, the first ten options whose end was cut, and once where other keys are written than those asked for. */
  complain: (message: string) => void;
  onProgress?: (count: LineCount) => void;
}

/**
 * Labels lines of JSON in their order, as they come: line n of what is written is line n as it stands, with an answer
 * and its probabilities, or with an `error`. An answer below the classifier's threshold is a
 * language model's, or null. Blank lines stay blank.
 * @param source lines as bytes, null for one that is too long; those that are there are labelled at once, 512 at most
 * @throws FlagError where the first object has all the keys that could be written
 */
export async function predictLines(
  source: AsyncIterable<Buffer | null>,
  { name, answerKey, classifier, ask, write, complain, onProgress }: LinesDependencies,
): Promise<LineCount> {
  const count = { labelled: 0, unsure: 0, asked: 0, unreadable: 0, truncated: 0, bad: 0 };
  const toExample = createExampleReader(classifier.classes);
  const sayBad = sayFirst(complain, "bad lines, each with its error in the output");
  const sayCut = sayFirst(complain, "options whose end was cut");
  let keys: AnswerKeys | null = null;
  let number = 0;
  for await (const batch of gather(source, linesAtOnce)) {
    const lines = batch.map((bytes) => {
      number += 1;
      const line = readLine(bytes, name, number, toExample);
      if (line.record && !keys) {
        keys = chooseKeys(line.record, answerKey, line.where, ask !== undefined);
        if (keys.notice) complain(keys.notice);
      } else if (line.record && keys) checkKeys(line, keys);
      return line;
    });
    const answers = await answerLines(lines, classifier);
    await askUnsure(lines, answers, classifier.threshold, ask, count);
    let text = "";
    for (const line of lines) {
      text += `${renderLine(line, answers.get(line), keys)}\n`;
      if (line.error !== null) sayBad(line.error);
      if (line.error !== null) count.bad += 1;
      else if (line.example) count.labelled += 1;
      const truncated = line.error === null && answers.get(line)?.truncated;
      if (!truncated) continue;
      count.truncated += 1;
      for (const index of truncated.options)
        sayCut(
          `${line.where}: ${renderCutOption(line.example, index)} is longer than half of what the encoder reads: its end was cut`,
        );
    }
    await write(text);
    onProgress?.(count);
  }
  return count;
}

const saidAtMost = 10;

/** Passes on the first messages of a kind; of all others it says once what they are about. */
function sayFirst(complain: (message: string) => void, what: string): (message: string) => void {
  let said = 0;
  return (message) => {
    said += 1;
    if (said <= saidAtMost) complain(message);
    if (said === saidAtMost + 1) complain(`... and more ${what}`);
  };
}

/** A line as it stands. A blank one has neither example nor error. */
interface Line {
  text: string;
  where: string;
  /** null: it is no JSON object. */
  record: Readonly<Record<string, unknown>> | null;
  example: UnlabelledExample | null;
  error: string | null;
}

function readLine(
  bytes: Buffer | null,
  name: string,
  number: number,
  toExample: ReturnType<typeof createExampleReader>,
): Line {
  const where = `${name}:${number}`;
  const line: Line = { text: "", where, record: null, example: null, error: null };
  try {
    if (bytes === null) throw createLongLineError(where);
    line.text = decodeUtf8(bytes, name, number);
    if (line.text.trim() === "") return line;
    const value = parseObjectLine(line.text, where);
    if (isRecord(value)) line.record = value;
    line.example = toExample(value, where);
  } catch (error) {
    if (!(error instanceof ExpectedError)) throw error;
    line.error = error.message;
  }
  return line;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === "object";
}

/** Makes a bad line of one that has a key which is written, though the first had not. */
function checkKeys(line: Line, { answer, probabilities, asked }: AnswerKeys): void {
  const taken = [answer, probabilities, asked].find(
    (key) => key !== null && Object.hasOwn(line.record ?? {}, key),
  );
  if (!taken || line.error !== null) return;
  line.error = `${line.where}: has ${JSON.stringify(taken)}, which the first line has not: answers of this file are written as ${JSON.stringify(answer)} and ${JSON.stringify(probabilities)}; give --answer-key NAME`;
  line.example = null;
}

/** Predicts those lines that hold an example; one that gets no label becomes a bad line. */
async function answerLines(
  lines: readonly Line[],
  classifier: Pick<LinesDependencies["classifier"], "predictOptions">,
): Promise<Map<Line, LineAnswer>> {
  const asked = lines.filter(({ example }) => example);
  if (asked.length === 0) return new Map();
  const predictions = await predictEach(
    classifier,
    asked.flatMap(({ example }) => example ?? []),
  );
  const answers = new Map<Line, OptionPrediction>();
  for (const [at, line] of asked.entries()) {
    const prediction = predictions[at] as OptionPrediction | TextError;
    if (prediction instanceof TextError) {
      line.error = `${line.where}: ${prediction.message}`;
      continue;
    }
    if (prediction.label === null) line.error = `${line.where}: ${noNumbers}`;
    answers.set(line, prediction);
  }
  return answers;
}

/** An answer to a line; null where it is below the threshold. */
interface LineAnswer extends OptionPrediction {
  /** Whether it is a language model's. */
  isAsked?: true;
}

/** Takes the labels of answers below a threshold, and has a language model give them, where one is asked. */
async function askUnsure(
  lines: readonly Line[],
  answers: Map<Line, LineAnswer>,
  threshold: number | null,
  ask: Ask | undefined,
  count: LineCount,
): Promise<void> {
  const unsure = lines.flatMap((line) => {
    const answer = answers.get(line);
    const isUnsure = answer && isBelow(answer, threshold);
    return isUnsure && line.example ? [{ line, example: line.example }] : [];
  });
  if (unsure.length === 0) return;
  count.unsure += unsure.length;
  const asked = (await ask?.(unsure.map(({ example }) => example))) ?? [];
  for (const [at, { line }] of unsure.entries()) {
    const own = answers.get(line) as LineAnswer;
    const label = asked[at] ?? null;
    if (!ask || label === "not asked") answers.set(line, { ...own, label: null });
    else {
      answers.set(line, { ...own, label, isAsked: true });
      count[label === null ? "unreadable" : "asked"] += 1;
    }
  }
}

function renderLine(
  { text, record, example, error }: Line,
  prediction: LineAnswer | undefined,
  keys: AnswerKeys | null,
): string {
  if (error !== null) {
    const end = text.endsWith("\r") ? "\r" : "";
    return record ? addKeys(text, record, { error }) : `${JSON.stringify({ error })}${end}`;
  }
  if (!record || !example || !prediction || !keys) return text;
  const { options, label } = toRecord({ ...example, label: prediction.label ?? 0 });
  return addKeys(text, record, {
    ...(record.options === undefined && { options }),
    [keys.answer]: prediction.label === null ? null : label,
    [keys.probabilities]: prediction.probabilities.map((one) => Number(one.toFixed(6))),
    ...(prediction.isAsked && keys.asked && { [keys.asked]: true }),
  });
}

/** Gathers what has come, up to a number; waits only where there is nothing. */
async function* gather<T>(source: AsyncIterable<T>, most: number): AsyncGenerator<T[]> {
  const iterator = source[Symbol.asyncIterator]();
  const read = () => {
    const next = iterator.next();
    next.catch(() => {}); // thrown where it is awaited: what came before is labelled first
    return next;
  };
  for (let next = read(); ; ) {
    const first = await next;
    if (first.done) return;
    const come = [first.value];
    next = read();
    const turn = turnAround();
    while (come.length < most) {
      const one = await Promise.race([next.catch(() => undefined), turn]);
      if (!one || one.done) break;
      come.push(one.value);
      next = read();
    }
    yield come;
  }
}

/** Lets the event loop look once for what has come. */
function turnAround(): Promise<undefined> {
  return new Promise((resolve) => setImmediate(() => setImmediate(() => resolve(undefined))));
}
