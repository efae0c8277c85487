import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Env } from "@seedling/core/internal";
import type { Probe } from "./probe.ts";

/** What GPU libraries of TensorFlow 2 were built with, from its table of tested build configurations. */
const wanted: [minors: number[], versions: string][] = [
  [[9, 10, 11], "CUDA 11.2 and cuDNN 8.1"],
  [[12, 13], "CUDA 11.8 and cuDNN 8.6"],
  [[14], "CUDA 11.8 and cuDNN 8.7"],
  [[15], "CUDA 12.2 and cuDNN 8.9"],
  [[16, 17], "CUDA 12.3 and cuDNN 8.9"],
  [[18, 19], "CUDA 12.5 and cuDNN 9.3"],
];

/** The TensorFlow that tfjs-node-gpu's own installer brings. */
const stockTensorflow = "2.9.1";

export interface Nvidia {
  /** The first card's name and memory and the driver's version, or null without a driver. */
  card: string | null;
  /** The newest CUDA that the driver can run. */
  driverCuda: string | null;
  /** CUDA libraries that the system's loader finds, such as "11.0" and "12". */
  libraries: string[];
}

/** Asks the driver, and the loader's list of libraries. */
export async function findNvidia(env: Env): Promise<Nvidia> {
  const run = (command: string, ...args: string[]) =>
    promisify(execFile)(command, args, { env, timeout: 15_000 }).then(
      ({ stdout }) => stdout,
      () => "",
    );
  const query = ["--query-gpu=name,memory.total,driver_version", "--format=csv,noheader"];
  return parseNvidia(
    await run("nvidia-smi", ...query),
    await run("nvidia-smi"),
    await run("ldconfig", "-p"),
  );
}

/** @param cards nvidia-smi's answer to a query @param report its report @param libraries what ldconfig lists */
export function parseNvidia(cards: string, report: string, libraries: string): Nvidia {
  const found = libraries.matchAll(/libcudart\.so\.([\d.]+)/g);
  return {
    card: cards.trim().split("\n")[0] || null,
    driverCuda: report.match(/CUDA Version:\s*([\d.]+)/)?.[1] ?? null,
    libraries: [...new Set(Array.from(found, ([, version = ""]) => version))].sort(),
  };
}

/** Compares the CUDA that is found with the one that TensorFlow wants. @param probe what came of loading tfjs-node-gpu */
export function checkCuda({ card, driverCuda, libraries }: Nvidia, probe: Probe) {
  const tensorflow = (probe.loads && probe.tensorflow) || stockTensorflow;
  const [major, minor = 0] = tensorflow.split(".").map(Number);
  const versions = major === 2 && wanted.find(([minors]) => minors.includes(minor))?.[1];
  const want = versions
    ? `TensorFlow ${tensorflow} wants ${versions}`
    : `which CUDA TensorFlow ${tensorflow} wants is not known here`;
  if (card === null)
    return {
      fault: `no NVIDIA card with a driver; ${want}`,
      mend: "sudo apt-get install nvidia-driver (as Debian names it; it needs a card)",
    };
  const runtime = libraries.join(", ") || "none";
  const found = `${card}; driver for CUDA up to ${driverCuda ?? "?"}, CUDA libraries found: ${runtime}; ${want}`;
  if (probe.loads && probe.device === "CUDA") return found;
  const unused = probe.loads
    ? "TensorFlow runs on the CPU all the same"
    : "tfjs-node-gpu does not load";
  return { fault: `${found}; ${unused}` };
}
