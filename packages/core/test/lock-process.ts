import { createInterface } from "node:readline";
import { lockFolder } from "../src/logs/lock.ts";

// Locks each folder that a line of its input names, and keeps it; `-folder` releases it.
const releases = new Map<string, () => void>();
for await (const line of createInterface(process.stdin)) {
  try {
    if (line.startsWith("-")) releases.get(line.slice(1))?.();
    else releases.set(line, lockFolder(line));
    console.log("done");
  } catch (error) {
    console.log((error as Error).message);
  }
}
