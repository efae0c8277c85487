import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseEncoderConfig } from "../src/encoder/encoder-config.ts";
import { listParameters } from "../src/encoder/parameters.ts";
import { knownEncoders, toForwardOperations } from "../src/run/known-encoders.ts";
import { tinyNames, toTinyFolder } from "./golden.ts";

describe("the operations of an encoder for a token", () => {
  it.each(tinyNames)("are two for each number of a layer's matrices: %s", (name) => {
    const path = join(toTinyFolder(name), "config.json");
    const config = parseEncoderConfig(JSON.parse(readFileSync(path, "utf8")), path);
    const matrices = listParameters(config).filter(
      ({ name, shape }) => name.startsWith("layer.") && shape.length === 2,
    );
    const numbers = matrices.reduce(
      (sum, { shape: [rows = 0, columns = 0] }) => sum + rows * columns,
      0,
    );
    expect(toForwardOperations(config)).toBe(2 * numbers);
  });

  it("are those of the paper's student before it is here: 302 million numbers in its layers", () => {
    const large = knownEncoders["FacebookAI/roberta-large"];
    expect(large && toForwardOperations(large) / 2).toBe(301_989_888);
  });
});
