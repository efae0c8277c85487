import { ExpectedError } from "@seedling/core/internal";

/** The most characters of a reply: a stranger's recording could name the example many times. */
const mostCharacters = 2 ** 20;

/**
 * Fills in what a published reply names by its place: `{{example 12+40}}` stands for 40 characters of the formatting
 * example's file from index 12 on, since a recording in a repository holds no row of a benchmark.
 * @param example the text of the formatting example's file
 * @throws ExpectedError where that makes a reply longer than a million characters
 */
export function fillSlices(text: string, example: string): string {
  let length = text.length;
  return text.replace(/\{\{example (\d{1,7})\+(\d{1,7})\}\}/g, (_, from, size) => {
    const slice = example.slice(Number(from), Number(from) + Number(size));
    length += slice.length;
    if (length > mostCharacters)
      throw new ExpectedError(
        `a reply of the recording: expected at most ${mostCharacters} characters with the formatting example filled in`,
      );
    return slice;
  });
}
