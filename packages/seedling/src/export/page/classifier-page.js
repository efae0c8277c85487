// The page of a classifier, whatever runs it: what is typed, and its answer.

import { byId, say } from "../../page/elements.js";
import { hideAnswer, showAnswer } from "./answer.js";
import { form, onChange, readExample } from "./form.js";
import { DamagedPageError, unpack } from "./packed-files.js";

/** @typedef {(name: string) => Promise<Uint8Array<ArrayBuffer>>} Unpack */

/** @param {(unpack: Unpack) => Promise<import("./texts.js").Score>} open opens the classifier */
export async function startPage(open) {
  const lacking = ["DecompressionStream", "WebAssembly"].filter((name) => !(name in globalThis));
  if (lacking.length > 0)
    return say(
      `This browser has no ${lacking.join(" and no ")}: Chrome and Edge from 103 on, Firefox from 113 and Safari from 16.4 have what this page needs.`,
    );
  const serveLine = byId("status").querySelector("code")?.textContent;
  try {
    const score = await open((name) =>
      unpack(name, (part) => say(`Unpacking: ${Math.round(100 * part)} %`)),
    );
    listen(score);
  } catch (error) {
    if (error instanceof DamagedPageError)
      return say(`This page is damaged: ${error.message}. Copy it again, or export it anew.`);
    const mend =
      location.protocol === "file:"
        ? ` If this browser allows it not from disk, serve the page’s folder: ${serveLine}, then open http://127.0.0.1:8000/page.html.`
        : "";
    say(`The classifier did not start: ${explain(error)}.${mend}`);
  }
}

/** @param {unknown} error */
const explain = (error) =>
  (error instanceof Error ? error.message : String(error)).replace(/\.$/, "");

/** Classifies at each change, the last of those that came meanwhile. @param {import("./texts.js").Score} score */
function listen(score) {
  let isBusy = false;
  let isChanged = false;
  let milliseconds = 0;
  const run = async () => {
    isBusy = true;
    while (isChanged) {
      isChanged = false;
      // A slow encoder leaves time to type.
      await new Promise((later) => setTimeout(later, Math.min(milliseconds, 500)));
      if (isChanged) continue;
      const example = readExample();
      if (!example) {
        hideAnswer();
        continue;
      }
      const begun = performance.now();
      try {
        const scored = await score(example);
        milliseconds = performance.now() - begun;
        showAnswer(example, scored, milliseconds);
      } catch (error) {
        hideAnswer(`This text was not classified: ${explain(error)}.`);
      }
    }
    isBusy = false;
    form.removeAttribute("aria-busy");
  };
  onChange(() => {
    isChanged = true;
    form.setAttribute("aria-busy", "true");
    if (!isBusy) run();
  });
}
