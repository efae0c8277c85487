// What is asked of the process, one thing after the other.

/** @import { About, Calls } from "../protocol.ts" */

import { say } from "../../page/elements.js";

/**
 * What is known of the review, once it is opened.
 * @type {About}
 */
export let about;

/**
 * Asks the process.
 * @template {keyof Calls} Name
 * @param {Name} name
 * @param {Parameters<Calls[Name]>[0]} body
 * @returns {Promise<ReturnType<Calls[Name]> | null>} null: it was refused, which has been said
 */
export async function ask(name, body) {
  try {
    const text = JSON.stringify(body);
    const response = await fetch(name, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: text,
      // What is typed last is saved though the page is closed; browsers let that be 64 KB.
      keepalive: text.length < 20_000,
    });
    const value = await response.json();
    if (response.ok) return value;
    say(value.error);
  } catch {
    say(
      "The review has ended, or was stopped by an error: see the terminal. What was said is saved.",
    );
  }
  return null;
}

/** Asks what is known before anything else. */
export async function openAbout() {
  const known = await ask("about", {});
  if (known) about = known.about;
  return known;
}

/** @type {Promise<void>} */
let queue = Promise.resolve();
/** @type {() => unknown} */
let first = () => null;

/** @param {() => unknown} task comes before every other from now on */
export function doFirst(task) {
  first = task;
}

/**
 * Does one thing after the other: a key that is pressed before the last one's answer is there means the next example.
 * @param {() => unknown} task
 */
export function enqueue(task) {
  queue = queue.then(async () => {
    await first();
    await task();
  });
}
