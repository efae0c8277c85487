import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { tempFolder } from "@seedling/testing";
import { describe, expect, it } from "vitest";
import { openWorker } from "../src/embed/worker.ts";
import { ExpectedError } from "../src/messages/errors.ts";

const batch = { ids: Int32Array.of(1), rows: 1 };

/** Opens a worker thread of which the script is given; `port` is its end of the line. */
function open(script: string) {
  const path = join(tempFolder(), "worker.mjs");
  writeFileSync(path, `import { parentPort as port } from "node:worker_threads";\n${script}`);
  return openWorker({ runtime: "use-lite" }, pathToFileURL(path));
}

const ready = "port.postMessage({ dimensions: 1 });";

describe("openWorker", () => {
  it("answers, and ends when it is closed", async () => {
    const worker = await open(
      `port.on("message", (batch) => batch ? port.postMessage({ vectors: new Float32Array(1).fill(batch.ids[0]) }) : port.close()); ${ready}`,
    );
    expect(worker.dimensions).toBe(1);
    expect(await worker.encode(batch)).toEqual(Float32Array.of(1));
    await worker.dispose();
    await expect(worker.encode(batch)).rejects.toThrow("an encoding thread ended (exit code 0)");
    await worker.dispose();
  });

  it.each([
    [
      "says why it cannot begin",
      `port.postMessage({ error: { name: "ExpectedError", message: "no such model" } }); port.close();`,
      "no such model",
    ],
    [
      "throws before it begins",
      `throw new Error("no library");`,
      "an encoding thread failed: Error: no library",
    ],
    ["ends before it begins", "process.exit(3);", "an encoding thread ended (exit code 3)"],
  ])("fails where it %s", async (_, script, message) => {
    await expect(open(script)).rejects.toThrow(message);
  });

  it("passes on what a user can mend as such", async () => {
    const refusal = open(
      `port.postMessage({ error: { name: "ExpectedError", message: "x" } }); port.close();`,
    );
    await expect(refusal).rejects.toBeInstanceOf(ExpectedError);
  });

  it.each([
    ["says why", `port.postMessage({ error: { name: "Error", message: "odd" } })`, "odd"],
    ["throws", `throw new Error("lost")`, "an encoding thread failed: Error: lost"],
    ["ends", "process.exit(4)", "an encoding thread ended (exit code 4)"],
  ])("fails where it %s while it encodes", async (_, script, message) => {
    const worker = await open(
      `port.on("message", (batch) => { if (batch) { ${script}; } else port.close(); }); ${ready}`,
    );
    await expect(worker.encode(batch)).rejects.toThrow(message);
    await worker.dispose();
  });
});
