// The page of a head on the words of a text.

import { createWordVectors, toText } from "@seedling/core/browser";
import { startPage } from "./classifier-page.js";
import { createHead } from "./head.js";
import { facts, parseFile } from "./packed-files.js";
import { scoreVectors } from "./texts.js";

startPage(async (unpack) => {
  const toVector = createWordVectors(parseFile(await unpack("vocabulary")));
  const shape = /** @type {NonNullable<typeof facts.head>} */ (facts.head);
  const head = createHead(shape, await unpack("head"));
  return (example) =>
    scoreVectors(
      example,
      async (text) => {
        const { vector, count } = toVector(toText(text));
        return { vector, tokens: count, kept: count, cutsOption: false };
      },
      head,
    );
});
