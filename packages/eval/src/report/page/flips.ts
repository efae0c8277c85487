import type { FlipItem, FlipsData } from "../page-data.ts";
import { readChunk } from "./chunk.ts";
import { toElement } from "./element.ts";

const pageSize = 50;

/** Fills the list of items on which models disagree: which comparison, who is right, words to find. */
export function showFlips(): void {
  const form = document.querySelector<HTMLFormElement>("#flips-form");
  const body = document.querySelector("#flips-rows");
  const count = document.querySelector("#flips-count");
  const more = document.querySelector<HTMLButtonElement>("#flips-more");
  if (!form || !body || !count || !more) return;
  const field = (name: string) => (form.elements.namedItem(name) as HTMLInputElement).value;
  let items: FlipItem[] = [];
  let found: FlipItem[] = [];
  let shown = 0;

  const showMore = () => {
    const next = found.slice(shown, shown + pageSize);
    body.append(...next.map(toRow));
    shown += next.length;
    more.hidden = shown >= found.length;
  };
  const filter = () => {
    const words = field("words").toLowerCase().split(/\s+/).filter(Boolean);
    const right = field("right");
    found = items.filter((item) => {
      const text = [item.question, item.gold, item.row + 1].join(" ").toLowerCase();
      return (right === "any" || right === item.right) && words.every((one) => text.includes(one));
    });
    body.replaceChildren();
    shown = 0;
    showMore();
    count.textContent = `${found.length} of ${items.length} items`;
  };
  const load = async () => {
    const chosen = field("comparison");
    const data = await readChunk<FlipsData>(chosen);
    if (chosen !== field("comparison")) return;
    items = data.items;
    filter();
  };

  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", (event) => {
    if ((event.target as HTMLInputElement).name === "comparison") void load();
    else filter();
  });
  more.addEventListener("click", showMore);
  void load();
}

function toRow({ row, question, gold, human, tree, right }: FlipItem): HTMLTableRowElement {
  const sides = [
    { name: "human", votes: human },
    { name: "tree", votes: tree },
  ] as const;
  const toClass = (name: FlipItem["right"]) => (name === right ? "is-right" : "");
  // Where the columns of answers have no room, they stand below the question.
  const answers = [
    toElement("small", { class: "in-little-width" }, `gold: ${gold}`),
    ...sides.map(({ name, votes }) =>
      toElement(
        "small",
        { class: `in-little-width ${toClass(name)}` },
        `${name}: ${toVotes(votes)}`,
      ),
    ),
  ];
  return toElement(
    "tr",
    {},
    toElement("th", { scope: "row", class: "right" }, String(row + 1)),
    toElement("td", { class: "made prose" }, question ?? "not at hand", ...answers),
    toElement("td", { class: "made in-width" }, gold),
    ...sides.map(({ name, votes }) =>
      toElement("td", { class: `made in-width ${toClass(name)}` }, toVotes(votes)),
    ),
    toElement("td", { class: "in-width" }, right),
  );
}

function toVotes(votes: FlipItem["human"]): string {
  return votes.map(([answer, runs]) => `${answer} ×${runs}`).join(", ");
}
