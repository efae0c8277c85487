import { type Env, type Probe, runCommand, stockTensorflow, toCuda } from "@seedling/core/internal";

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
