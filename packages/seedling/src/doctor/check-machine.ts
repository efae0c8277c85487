import { availableParallelism, cpus, freemem, totalmem } from "node:os";
import { broken, fine, type Row } from "./row.ts";

/** The oldest Node that this runs on. */
const oldest = { major: 20, minor: 19 };

/** Node, memory and cores. @param version such as "20.20.2" */
export function checkMachine(version: string): Row[] {
  const model = cpus()[0]?.model.trim();
  return [
    checkNode(version),
    fine("memory", `${toGigabytes(totalmem())} GB, ${toGigabytes(freemem())} GB free`),
    fine("cores", `${availableParallelism()}${model ? ` (${model})` : ""}`),
  ];
}

/** Whether Node is new enough. */
export function checkNode(version: string): Row {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const enough = major > oldest.major || (major === oldest.major && minor >= oldest.minor);
  if (enough) return fine("Node", version);
  const wanted = `${oldest.major}.${oldest.minor}`;
  return broken("Node", `${version}; ${wanted} or later is needed`, "nvm install --lts");
}

function toGigabytes(bytes: number): string {
  return (bytes / 2 ** 30).toFixed(1);
}
