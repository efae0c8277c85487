import { describe, expect, it } from "vitest";
import { FlagError } from "../src/messages/errors.ts";
import { plan } from "./planning.ts";

const env = { OPENAI_API_KEY: "sk-secret-0123456789" };

async function left(line: string) {
  const logged: string[] = [];
  const runs = await plan(line, { env, logged });
  return { names: runs.map(({ task }) => task.name), logged };
}

describe("--input", () => {
  it.each([
    ["options", "csqa,creak,piqa", ["mcqa_5/csqa", "mcqa_2/piqa"], "yesno_close/creak"],
    ["question", "yesno_open/boolq,csqa", ["yesno_open/boolq"], "mcqa_5/csqa"],
  ])("%s of %s is for %j alone, and says so", async (input, data, names, out) => {
    const plan = await left(`--data ${data} --setting human --input ${input}`);
    expect(plan.names).toEqual(names);
    expect(plan.logged).toEqual([
      expect.stringMatching(new RegExp(`^--input ${input}: ${out} is left out, `)),
    ]);
  });

  it("leaves out nothing at its default", async () => {
    expect((await left("--data csqa,creak")).names).toHaveLength(2);
  });

  it("is refused where it would tell nothing of any task", async () => {
    await expect(left("--data creak --input options")).rejects.toThrow(FlagError);
    await expect(left("--data creak,csqa --input question")).rejects.toThrow(
      "expected runs, but all are left out",
    );
  });
});
