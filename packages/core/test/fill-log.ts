import { z } from "zod";
import { openLog } from "../src/logs/log.ts";

/**
 * Appends to a log until the file may not grow, and prints how that ended. Run as a process of its
 * own, under a limit on file sizes: a write is then taken in part, as on a disk that fills up.
 */
process.on("SIGXFSZ", () => {});
const log = openLog(process.argv[2] as string, z.string(), { holds: "a text" });
let kept = 0;
for (let i = 0; i < 20; i++)
  try {
    log.append("x".repeat(300));
    kept += 1;
  } catch (error) {
    if (i === kept) console.log(`${kept} kept, then ${error}`);
  }
log.sync();
log.close();
