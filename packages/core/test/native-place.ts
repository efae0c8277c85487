import { join } from "node:path";
import { tempFolder } from "@seedling/testing";
import { expect } from "vitest";
import { ExpectedError } from "../src/messages/errors.ts";
import type { Workplace } from "../src/native/workplace.ts";

/** What a library's folder has of headers at least, by path. */
export const headers = {
  "include/tensorflow/c/c_api.h": "",
  "include/tensorflow/c/eager/c_api.h": "",
};

/** A place to work in, and what it says. */
export function openPlace(env: Workplace["env"] = process.env) {
  const said: string[] = [];
  const from = tempFolder();
  const { signal } = new AbortController();
  const say = (line: string) => said.push(line);
  return { said, from, libraries: join(from, "libraries"), env, fetch, say, signal };
}

/** The message of the ExpectedError that work ends in. */
export async function failure(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(ExpectedError);
  return (error as ExpectedError).message;
}
