import { createRandom, type Example, type Random } from "@seedling/core/internal";

/** Words of several kinds that questions are made of. */
const subjects =
  "whale,glacier,volcano,piano,telescope,bicycle,novel,senate,comet,cactus,harbour,treaty,violin,protein,desert,island,orchid,engine,market,battery,temple,beetle,satellite,carpet,lantern,railway,museum,penguin,tornado,compass";
const places =
  "Norway,Peru,Kenya,Japan,Canada,Egypt,Brazil,Iceland,Vietnam,Poland,Morocco,Chile,Nepal,Greece,Cuba,Malta,Ghana,Laos,Turkey,Finland";
const verbs =
  "carry,build,measure,cross,protect,discover,replace,paint,import,govern,cool,lift,observe,repair,plant,divide,record,trade,heat,rescue";
const traits =
  "ancient,copper,frozen,hollow,silent,tropical,wooden,hidden,coastal,electric,golden,royal,tiny,volcanic,northern,famous,modern,heavy,bright,rare";

const forms = [
  "is the T S of P older than the S of P",
  "did P ever V a T S before the year N",
  "can a T S V the S in P without a S",
  "does the S in P V more than N T S parts",
  "was the T S of P the first to V a S",
  "are there N T S sites that V a S near P",
  "why would a S from P V the T S",
  "which S did P V after the T S of N",
];

const words = Object.entries({ S: subjects, P: places, V: verbs, T: traits }).map(
  ([kind, list]): [string, string[]] => [kind, list.split(",")],
);
const kinds = new Map(words);

/** A question of about 55 letters; millions are possible, and few are much alike. */
export function toQuestion(random: Random): string {
  return random.pick(forms).replace(/[SPVTN]/g, (kind) => {
    const list = kinds.get(kind);
    return list ? random.pick(list) : String(random.int(2000));
  });
}

/** The question with one word less, one more, or two letters changed. */
export function toEdited(question: string, random: Random): string {
  const parts = question.split(" ");
  const at = random.int(parts.length);
  const edit = random.int(3);
  if (edit === 0) parts.splice(at, 1);
  else if (edit === 1) parts.splice(at, 0, random.pick(["really", "also", "still", "so"]));
  else parts[at] = `${parts[at]?.slice(0, -1)}x`;
  return parts.join(" ");
}

/** A yes/no example with this question. */
export function toExample(question: string, context: string | null = null): Example {
  return { question, context, options: ["True", "False"], label: 0 };
}

/** Questions, every `every`-th one an edit of an earlier one. */
export function toQuestions(n: number, every: number): string[] {
  const random = createRandom("questions", n, every);
  const questions: string[] = [];
  while (questions.length < n)
    questions.push(
      questions.length % every === every - 1
        ? toEdited(random.pick(questions), random)
        : toQuestion(random),
    );
  return questions;
}
