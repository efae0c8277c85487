import { readFileSync } from "node:fs";

/** Whether a process of this host lives; one that was killed and still waits to be counted does not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return readStat(pid)?.[0] !== "Z";
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}

/** When a process started, in Linux's clock ticks since the boot; null where that is not told. */
export function readStart(pid: number): string | null {
  return readStat(pid)?.[19] ?? null;
}

/** The fields of `/proc/PID/stat` (proc(5)) from the third on: the second is a name in any characters. */
function readStat(pid: number): string[] | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  } catch {
    return null;
  }
}
