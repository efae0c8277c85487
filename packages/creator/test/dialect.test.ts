import { describe, expect, it } from "vitest";
import { adapt, type Dialect, toBody } from "../src/llm/dialect.ts";

const parameters = { model: "m", temperature: 0.5, topP: 0.9, maxTokens: 64 };
const schema = { type: "object" };
const request = {
  messages: [
    { role: "system" as const, content: "\nDo.\n" },
    { role: "user" as const, content: "{}" },
  ],
  seed: 7,
  key: "k",
  schema,
};
const other: Dialect = { official: false, adapted: [] };
const adaptations: [refusal: string, line: string, body: object][] = [
  [
    "max_tokens Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
    "max_completion_tokens instead of max_tokens",
    { max_tokens: undefined, max_completion_tokens: 64 },
  ],
  [" Unrecognized request argument supplied: seed", "without seed", { seed: undefined }],
  [
    "temperature Unsupported value: 'temperature' does not support 0.5",
    "without temperature",
    { temperature: undefined },
  ],
  ["top_p is not supported", "without top_p", { top_p: undefined }],
  ...[
    "response_format Invalid schema for response_format 'examples': In context=('properties', 'examples'), 'minItems' is not permitted.",
    "response_format Invalid parameter: 'response_format' of type 'json_schema' is not supported with this model.",
    " Structured outputs are not supported by this server.",
    " Failed to parse grammar",
  ].map((refusal): (typeof adaptations)[number] => [
    refusal,
    "without a JSON schema",
    { response_format: undefined },
  ]),
  [
    "System role not supported by the template",
    "the instruction in the user's message, without a system role",
    { messages: [{ role: "user", content: "Do.\n\n{}" }] },
  ],
  [
    "Conversation roles must alternate: system message is not allowed",
    "the instruction in the user's message, without a system role",
    { messages: [{ role: "user", content: "Do.\n\n{}" }] },
  ],
];

describe("a request's body", () => {
  const whole = {
    model: "m",
    messages: request.messages,
    seed: 7,
    top_p: 0.9,
    temperature: 0.5,
    stream: false,
    response_format: {
      type: "json_schema",
      json_schema: { name: "examples", strict: true, schema },
    },
  };

  it("asks for no form of reply where the request has no schema", () => {
    const { schema: _, ...plain } = request;
    expect(toBody(plain, parameters, other)).not.toHaveProperty("response_format");
  });

  it("has all parameters and the reply limit, by the name that the server's kind uses", () => {
    expect(toBody(request, parameters, other)).toEqual({ ...whole, max_tokens: 64 });
    expect(toBody(request, parameters, { official: true, adapted: [] })).toEqual({
      ...whole,
      max_completion_tokens: 64,
    });
  });

  it.each(adaptations)("gives in to: %s", (refusal, line, difference) => {
    const adapted = adapt(other, refusal, parameters);
    expect(adapted?.adapted).toEqual([line]);
    expect(toBody(request, parameters, adapted ?? other)).toEqual(
      JSON.parse(JSON.stringify({ ...whole, max_tokens: 64, ...difference })),
    );
  });

  it("has a reply limit whatever was refused", () => {
    const all = adaptations.map(([refusal]) => refusal);
    const last = all.reduce(
      (dialect, refusal) => adapt(dialect, refusal, parameters) ?? dialect,
      other,
    );
    expect(toBody(request, parameters, last)).toEqual({
      model: "m",
      messages: [{ role: "user", content: "Do.\n\n{}" }],
      max_completion_tokens: 64,
      stream: false,
    });
  });

  it.each([
    "This model's maximum context length is 4097 tokens.",
    "Invalid 'messages[1].content'",
    "",
  ])("gives in to nothing where no parameter is named: %s", (refusal) => {
    expect(adapt(other, refusal, parameters)).toBeNull();
  });

  it("gives in to each refusal once", () => {
    for (const [refusal] of adaptations) {
      const once = adapt(other, refusal, parameters);
      expect(adapt(once ?? other, refusal, parameters)).toBeNull();
    }
  });
});
