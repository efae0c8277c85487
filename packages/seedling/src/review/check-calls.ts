import { ExpectedError } from "@seedling/core/internal";
import { z } from "zod";
import type { Act, Calls, Filter } from "./protocol.ts";

const text = z.string().max(100_000);
const from = z.enum(["created", "rejected", "text"]);
const state = z.enum(["open", "accepted", "changed", "deleted"]);
const agreement = z.enum(["all", "some", "half", "none", "unknown"]);
const empty = z.literal("");

const filter: z.ZodType<Filter> = z.strictObject({
  search: text,
  from: from.or(empty),
  label: text,
  reason: text,
  agreement: agreement.or(empty),
  depth: z.string().regex(/^\d{0,9}$/),
  state: state.or(empty),
  order: z.literal("agreement").or(empty),
});

const act: z.ZodType<Act> = z.discriminatedUnion("do", [
  z.strictObject({ do: z.literal("accept") }),
  z.strictObject({ do: z.literal("delete") }),
  z.strictObject({ do: z.literal("label"), label: text }),
  z.strictObject({ do: z.literal("edit"), question: text, context: text.nullable() }),
  z.strictObject({ do: z.literal("answer"), label: text.nullable() }),
]);

const nothing = z.strictObject({});
const requests: { [Name in keyof Calls]: z.ZodType<Parameters<Calls[Name]>[0]> } = {
  about: nothing,
  list: z.strictObject({
    filter,
    offset: z.int().nonnegative(),
    limit: z.int().min(1).max(500),
  }),
  row: z.strictObject({ id: text }),
  act: z.strictObject({ id: text, act }),
  undo: nothing,
  blind: nothing,
};

/** Makes calls that take whatever a stranger may send. @throws (when called) ExpectedError for another request */
export function checkCalls(calls: Calls): Record<string, (body: unknown) => unknown> {
  const names = Object.keys(requests) as (keyof Calls)[];
  return Object.fromEntries(
    names.map((name) => [
      name,
      (body) => {
        const { data, error } = (requests[name] as z.ZodType<never>).safeParse(body);
        if (error) throw new ExpectedError(`expected another request: ${z.prettifyError(error)}`);
        return calls[name](data);
      },
    ]),
  );
}
