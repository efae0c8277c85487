import type { ChildProcess } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { findEntry, startScript, tempFolder } from "@seedling/testing";
import { describe, expect, it } from "vitest";
import { trainingFiles } from "../src/run/train-run.ts";
import { toyCheckpoint, toyTask } from "./toy-student.ts";

/** A task of claims with a train and a dev split, and a tiny encoder beside it. */
function settle(): { args: (results: string) => string[]; results: () => string } {
  const encoder = toyCheckpoint("tiny-bert-classification");
  const flags = `--data ${toyTask()} --setting human --tune full --encoder ${encoder} --backend wasm`;
  const plan = "--learning-rates 1e-3,3e-3 --batch-size 4 --epochs 3";
  return {
    args: (results) => `${flags} ${plan} --results ${results}`.split(" "),
    results: tempFolder,
  };
}

interface Stage {
  child: ChildProcess;
  said: () => string;
  /** The exit code, or the signal. */
  ended: Promise<number | string>;
}

function start(args: string[]): Stage {
  const { child, ended } = startScript(findEntry("trainer"), args);
  let said = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (text) => {
      said += text;
    });
  return { child, said: () => said, ended: ended.then(({ code, signal }) => code ?? `${signal}`) };
}

/** Files below a folder whose names end so. */
function find(folder: string, end: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(end))
    .map((path) => join(folder, path));
}

/** Waits until a training's first epochs are on disk. */
async function waitForState(results: string, epochs: number): Promise<void> {
  for (;;) {
    const [state] = find(results, `${trainingFiles.state}/state.json`);
    if (state && JSON.parse(readFileSync(state, "utf8")).points.length >= epochs) return;
    await setTimeout(5);
  }
}

/** The classifier's bytes by file. */
function readClassifier(results: string): Record<string, string> {
  const [manifest] = find(results, `${trainingFiles.classifier}/classifier.json`);
  const folder = join(`${manifest}`, "..");
  return Object.fromEntries(
    readdirSync(folder).map((name) => [name, readFileSync(join(folder, name)).toString("latin1")]),
  );
}

describe("a training process that ended in its midst", () => {
  it("goes on to the same classifier, after kill -9 and after SIGTERM", async () => {
    const { args, results } = settle();
    const undisturbed = results();
    const first = start(args(undisturbed));
    expect(await first.ended, first.said()).toBe(0);
    expect(first.said()).not.toContain("goes on after");

    const stopped = results();
    const killed = start(args(stopped));
    await waitForState(stopped, 1);
    killed.child.kill("SIGKILL");
    expect(await killed.ended).toBe("SIGKILL");

    const second = start(args(stopped));
    await waitForState(stopped, 3);
    second.child.kill("SIGTERM");
    expect(await second.ended).toBe(130);
    expect(second.said()).toMatch(/goes on after [1-3] epochs?$/m);
    expect(second.said()).toContain("the same command goes on from here");
    expect(find(stopped, "/classifier/classifier.json")).toEqual([]);

    const third = start(args(stopped));
    expect(await third.ended, third.said()).toBe(0);
    expect(third.said()).toMatch(/goes on after [3-6] epochs$/m);
    expect(readClassifier(stopped)).toEqual(readClassifier(undisturbed));
    const files = Object.keys(readClassifier(stopped));
    expect(files).toContain("model.safetensors");
    expect(files).toContain("training.jsonl");
    expect(find(stopped, `/${trainingFiles.state}`)).toEqual([]);

    const again = start(args(stopped));
    expect(await again.ended).toBe(0);
    expect(again.said()).toContain("already trained");
  });
});

describe("two processes on one training", () => {
  it("are one too many: the second says so and leaves the first alone", async () => {
    const { args, results } = settle();
    const alone = results();
    const undisturbed = start(args(alone));
    const shared = results();
    const first = start(args(shared));
    await waitForState(shared, 1);
    // So that it is still at work when the second comes.
    first.child.kill("SIGSTOP");
    const second = start(args(shared));
    expect(await second.ended, second.said()).toBe(1);
    expect(second.said()).toMatch(
      new RegExp(`another process \\(pid ${first.child.pid} on .*: wait for it, or stop it`),
    );
    expect(second.said()).not.toMatch(/\n +at /);
    first.child.kill("SIGCONT");
    expect(await first.ended, first.said()).toBe(0);
    expect(await undisturbed.ended, undisturbed.said()).toBe(0);
    expect(readClassifier(shared)).toEqual(readClassifier(alone));
    for (const left of ["lock.json", "failed.json"]) expect(find(shared, left)).toEqual([]);
  });
});
