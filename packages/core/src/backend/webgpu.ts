import { toMessage } from "../messages/errors.ts";
import { type Opened, requireTfjs, type Tf, withMend } from "./opened.ts";

/** The part that is used of `webgpu` 0.6, an optional peer that is not installed with the rest. */
interface WebgpuModule {
  /** The names that a browser would have, such as GPUBufferUsage. */
  globals: object;
  create: (options: string[]) => {
    requestAdapter: (options: object) => Promise<{
      /** Texts are empty on one system or another. A fallback is a program that plays a card on the CPU. */
      info: Record<"vendor" | "architecture" | "description", string> & {
        isFallbackAdapter?: boolean;
      };
    } | null>;
  };
}

/**
 * Starts WebGPU in this process as a browser would have it. Tensors live on the card: read them with
 * `await data()`, since dataSync() fails.
 */
export async function openWebgpu(): Promise<Opened> {
  const { create, globals } = await loadWebgpu();
  const gpu = create([]);
  const adapter = await gpu.requestAdapter({ powerPreference: "high-performance" });
  if (adapter === null)
    throw withMend(
      "webgpu found no graphics card with a driver for Vulkan, Metal or Direct3D 12",
      "sudo apt-get install mesa-vulkan-drivers (as Debian names it; for NVIDIA's cards nvidia-driver)",
    );
  Object.assign(globalThis, globals);
  const host = globalThis as { navigator?: object };
  host.navigator ??= {};
  Object.defineProperty(host.navigator, "gpu", { value: gpu, configurable: true });
  const tf: Tf = requireTfjs("@tensorflow/tfjs");
  requireTfjs("@tensorflow/tfjs-backend-webgpu");
  if (!(await tf.setBackend("webgpu"))) throw new Error("tfjs could not start its webgpu backend");
  const { info } = adapter;
  return {
    tf,
    tensorflow: null,
    device: info.isFallbackAdapter ? "CPU" : "WebGPU",
    adapter: info.description || `${info.vendor} ${info.architecture}`.trim() || "unnamed card",
    threads: null,
    settings: {},
  };
}

async function loadWebgpu(): Promise<WebgpuModule> {
  const name = "webgpu";
  return import(name).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ERR_MODULE_NOT_FOUND")
      throw new Error("the package webgpu is not installed");
    throw new Error(`the package webgpu does not load: ${toMessage(error)}`);
  });
}
