import { readFileSync } from "node:fs";
import { join } from "node:path";
import { sha256 } from "@seedling/core/internal";
import { tempFolder } from "@seedling/testing";
import { expect, it } from "vitest";
import { readQuestions } from "../src/report/sections/test-items.ts";
import type { EvaluationRun } from "../src/results/results.ts";

const texts = ["Where is it, please?", 'a "late" parcel'];

it.each<[name: string, content: string, columns?: Record<string, string>]>([
  [
    "test.jsonl",
    '{"question":"Where is it, please?","label":"late"}\n{"text":"a \\"late\\" parcel","label":"late"}\n',
  ],
  ["test.csv", 'label,text\nlate,"Where is it, please?"\nlate,"a ""late"" parcel"\n'],
  [
    "test.TSV",
    'body\tkind\n"Where is it, please?"\tlate\n"a ""late"" parcel"\tlate\n',
    { question: "body", label: "kind" },
  ],
  ["test.json", JSON.stringify(texts.map((text) => ({ text, label: "late" })))],
])(
  "questions of a test file are read as the evaluation read them: %s",
  (name, content, columns) => {
    const file = join(tempFolder({ [name]: content }), name);
    const manifest = { test: { file, columns }, inputs: { test: sha256(readFileSync(file)) } };
    expect(readQuestions({ manifest } as unknown as EvaluationRun)).toEqual(texts);
    const changed = { ...manifest, inputs: { test: "another" } };
    expect(readQuestions({ manifest: changed } as unknown as EvaluationRun)).toBeNull();
  },
);
