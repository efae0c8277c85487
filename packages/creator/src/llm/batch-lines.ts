import { z } from "zod";
import type { LoggedBatch } from "./batch-log.ts";
import type { ChatRequest, Parameters } from "./chat.ts";
import { adapt, type Dialect, toBody, toFirstDialect } from "./dialect.ts";

/** How a server wants a model's requests written, by what it refused so far. */
export function toDialect(
  batches: readonly LoggedBatch[],
  model: string,
  official: boolean,
): Dialect {
  const refusals = batches.flatMap(
    (one) => (one.parameters.model === model && one.ended?.refusal) || [],
  );
  return refusals.reduce(
    (dialect, refusal) => adapt(dialect, refusal) ?? dialect,
    toFirstDialect(official),
  );
}

/** A request as a line of a batch's input file. */
export function toBatchLine(request: ChatRequest, parameters: Parameters, dialect: Dialect) {
  return JSON.stringify({
    custom_id: request.key,
    method: "POST",
    url: "/v1/chat/completions",
    body: toBody(request, parameters, dialect),
  });
}

const errorSchema = z.object({ message: z.string().nullish(), param: z.string().nullish() });

const lineSchema = z.object({
  custom_id: z.string(),
  response: z.object({ status_code: z.number(), body: z.unknown() }).nullish(),
  error: errorSchema.nullish(),
});

/** What became of a request in a batch. */
export type BatchOutcome = { key: string } & (
  | { kind: "reply"; body: unknown }
  /** refused: not in this form (400, 422); declined: in none; lost: expired, or another day. */
  | { kind: "refused" | "declined" | "lost"; said: string }
);

/** Parses a line of a batch's output or error file; null: it is none, and its request has none. */
export function parseBatchLine(line: string): BatchOutcome | null {
  const parsed = lineSchema.safeParse(parseJson(line));
  if (!parsed.success) return null;
  const { custom_id: key, response, error } = parsed.data;
  const status = response?.status_code;
  if (status === 200) return { key, kind: "reply", body: response?.body };
  const body = z.object({ error: errorSchema }).safeParse(response?.body);
  const { message, param } = (body.success ? body.data.error : error) ?? {};
  const said = `${status ?? ""} ${message ?? "no reply"}`.trim();
  if (status === 400 || status === 422)
    return { key, kind: "refused", said: param ? `${said} (${param})` : said };
  const passing = status === undefined || status >= 500 || [408, 409, 429].includes(status);
  return { key, kind: passing ? "lost" : "declined", said };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
