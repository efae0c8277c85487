import { openJournal } from "../src/llm/journal.ts";
import { toSaid } from "./shapes.ts";

/**
 * Appends to a journal until the file may not grow, and says how that ended. Run as a process of its
 * own, under a limit on file sizes: a write is then taken in part, as on a disk that fills up.
 */
process.on("SIGXFSZ", () => {});
const journal = openJournal(process.argv[2] as string, console.log);
let kept = 0;
for (let i = 0; i < 20; i++)
  try {
    journal.append(`key ${i}`, toSaid("x".repeat(300)));
    kept += 1;
  } catch (error) {
    if (i === kept) console.log(`${kept} kept, then ${error}`);
  }
journal.close();
