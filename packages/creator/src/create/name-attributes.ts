import {
  ExpectedError,
  escapeControls,
  normaliseQuestion,
  renderCount,
} from "@seedling/core/internal";
import type { ChatRequest } from "../llm/chat.ts";
import {
  buildNamingRequest,
  countValues,
  mostAttributes,
  usualAttributes,
} from "../prompt/attributes.ts";
import { readNames } from "../reply/read-names.ts";
import {
  type CreationDependencies,
  type CreationState,
  countReply,
  countReplyTokens,
  type Naming,
} from "./creation.ts";
import type { CreationPlan } from "./creation-options.ts";

/** Requests for the values of an attribute at most, and values that are enough: with one all examples would be alike. */
const tries = 3;
const enough = 2;

/** What an example consists of: none of it is an attribute. */
const parts = ["question", "context", "options", "option", "answer", "label"];

/**
 * Asks the model what examples like the formatting one differ in, and then for the values of each such attribute: a tree of
 * two levels. What the model does not name is made up of the usual attributes; values are asked for three times at most,
 * and an attribute without them is left out.
 * @param state counts replies and their tokens as they come
 * @throws what `chat` throws, after the replies still out have arrived; the signal's reason; ExpectedError where no attribute has values
 */
export async function nameAttributes(
  plan: CreationPlan,
  { chat, signal, concurrency }: Pick<CreationDependencies, "chat" | "signal" | "concurrency">,
  state: CreationState,
): Promise<Naming> {
  const naming: Naming = { attributes: [], replies: 0, unread: 0 };
  let last = "";
  const ask = async (request: ChatRequest) => {
    signal?.throwIfAborted();
    state.inFlight += 1;
    try {
      const completion = await chat(request);
      countReply(state, state.tokens, completion);
      state.counted += countReplyTokens(request, completion);
      naming.replies += 1;
      return completion;
    } finally {
      state.inFlight -= 1;
    }
  };
  // A value that is a label would contradict the one that is asked for.
  const labels = plan.shape.options === "fixed" ? plan.shape.formatting.options : [];
  const isNone = (names: readonly string[]) => {
    const unwanted = names.map(normaliseQuestion);
    return (name: string) => !unwanted.includes(normaliseQuestion(name));
  };
  const nameValues = async (attribute: string) => {
    for (let asking = 0; asking < tries; asking++) {
      const completion = await ask(buildNamingRequest(plan, attribute, asking));
      const values = readNames(completion, countValues(attribute), isNone(labels));
      if (values.length >= enough) return values;
      naming.unread += 1;
      last = completion.text;
    }
    return [];
  };

  const first = await ask(buildNamingRequest(plan, null, 0));
  const named = readNames(first, mostAttributes, isNone(parts));
  const attributes = [...named, ...usualAttributes.filter(isNone(named))].slice(0, mostAttributes);
  const values = await mapAtMost(concurrency, attributes, nameValues);
  naming.attributes = attributes.flatMap((one, i) =>
    values[i]?.length ? [{ name: one, values: values[i] }] : [],
  );
  if (naming.attributes.length > 0) return naming;
  const text = escapeControls(JSON.stringify(last.slice(0, 200)));
  throw new ExpectedError(
    `--setting attributes: the model named no values of ${attributes.map(escapeControls).join(", ")} in ${renderCount(naming.replies, "reply")}; the last was ${text}: take another --setting, such as tree, or another model`,
  );
}

/** Maps in order, so many at once. @throws the first failure by its place, once nothing is out any more */
async function mapAtMost<In, Out>(
  most: number,
  items: readonly In[],
  map: (item: In) => Promise<Out>,
): Promise<Out[]> {
  const results: Promise<Out>[] = [];
  const out = new Set<Promise<unknown>>();
  for (const item of items) {
    if (out.size >= most) await Promise.race(out);
    const result = map(item);
    results.push(result);
    const ended = result.catch(() => {}).finally(() => out.delete(ended));
    out.add(ended);
  }
  await Promise.all(out);
  return Promise.all(results);
}

/** Renders what the model named: `attributes: subject (8 values), style (5 values); 4 requests`. */
export function renderNaming({ attributes, replies, unread }: Naming): string {
  const named = attributes.map(
    ({ name, values }) => `${escapeControls(name)} (${renderCount(values.length, "value")})`,
  );
  const again = unread > 0 ? `, ${unread} of them named too few` : "";
  return `  attributes: ${named.join(", ")}; ${renderCount(replies, "request")}${again}`;
}
