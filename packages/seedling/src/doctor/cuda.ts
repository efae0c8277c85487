import type { Env } from "@seedling/core/internal";
import type { Probe } from "./probe.ts";
import { runCommand } from "./run-command.ts";

/** Versions that a TensorFlow's GPU library was built with, from its table of tested build configurations. */
interface Cuda {
  cuda: string;
  cudnn: string;
}

const versions: Record<string, Cuda> = {
  "2.9": { cuda: "11.2", cudnn: "8.1" },
  "2.10": { cuda: "11.2", cudnn: "8.1" },
  "2.11": { cuda: "11.2", cudnn: "8.1" },
  "2.12": { cuda: "11.8", cudnn: "8.6" },
  "2.13": { cuda: "11.8", cudnn: "8.6" },
  "2.14": { cuda: "11.8", cudnn: "8.7" },
  "2.15": { cuda: "12.2", cudnn: "8.9" },
  "2.16": { cuda: "12.3", cudnn: "8.9" },
  "2.17": { cuda: "12.3", cudnn: "8.9" },
  "2.18": { cuda: "12.5", cudnn: "9.3" },
  "2.19": { cuda: "12.5", cudnn: "9.3" },
};

/** The TensorFlow that tfjs-node-gpu's own installer brings. */
const stockTensorflow = "2.9.1";

/** Finds the versions that a TensorFlow such as "2.15.1" needs, or null for an unknown one. */
export function toCuda(tensorflow: string): Cuda | null {
  return versions[tensorflow.split(".").slice(0, 2).join(".")] ?? null;
}

/** What this machine has of NVIDIA's. */
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
  const run = async (command: string, ...args: string[]) => {
    const ended = await runCommand(command, args, { env, signal: AbortSignal.timeout(15_000) });
    return ended.status === 0 ? ended.out : "";
  };
  const cards = await run(
    "nvidia-smi",
    "--query-gpu=name,memory.total,driver_version",
    "--format=csv,noheader",
  );
  const known = await run("ldconfig", "-p");
  return parseNvidia(cards, cards ? await run("nvidia-smi") : "", known);
}

/** @param cards nvidia-smi's answer to a query @param report its report @param libraries what ldconfig lists */
export function parseNvidia(cards: string, report: string, libraries: string): Nvidia {
  const found = [...libraries.matchAll(/libcudart\.so\.([\d.]+)/g)].map(
    ([, version]) => version ?? "",
  );
  return {
    card: cards.trim().split("\n")[0] || null,
    driverCuda: report.match(/CUDA Version:\s*([\d.]+)/)?.[1] ?? null,
    libraries: [...new Set(found)].sort(),
  };
}

/** Compares the CUDA that is found with the one that TensorFlow wants. @param probe what came of loading tfjs-node-gpu */
export function checkCuda({ card, driverCuda, libraries }: Nvidia, probe: Probe) {
  const tensorflow = (probe.loads && probe.tensorflow) || stockTensorflow;
  const wanted = toCuda(tensorflow);
  const want = wanted
    ? `TensorFlow ${tensorflow} wants CUDA ${wanted.cuda} and cuDNN ${wanted.cudnn}`
    : `which CUDA TensorFlow ${tensorflow} wants is not known here`;
  if (card === null)
    return {
      fault: `no NVIDIA card with a driver; ${want}`,
      mend: "sudo apt-get install nvidia-driver (as Debian names it; it needs a card)",
    };
  const runtime = libraries.length > 0 ? libraries.join(", ") : "none";
  const found = `${card}; driver for CUDA up to ${driverCuda ?? "?"}, CUDA libraries found: ${runtime}; ${want}`;
  if (probe.loads && probe.device === "CUDA") return found;
  const unused = probe.loads
    ? "TensorFlow runs on the CPU all the same"
    : "tfjs-node-gpu does not load";
  return { fault: `${found}; ${unused}` };
}
