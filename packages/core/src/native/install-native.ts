import { readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { z } from "zod";
import { toCuda } from "../backend/cuda.ts";
import { type BackendName, requireTfjs } from "../backend/opened.ts";
import { probeBackend } from "../backend/probe.ts";
import { ExpectedError } from "../messages/errors.ts";
import { compileNative } from "./compile-native.ts";
import type { NativeRequest } from "./native-line.ts";
import { putStock } from "./put-stock.ts";
import { replaceNative } from "./replace-native.ts";
import type { Workplace } from "./workplace.ts";

/** The installed package that gets its native part. */
export interface Target {
  name: NativeRequest["package"];
  folder: string;
  version: string;
  /** The Node-API version that its binding is compiled for and found under. */
  napi: number;
}

const packageSchema = z.object({
  version: z.string(),
  binary: z.object({ napi_versions: z.array(z.number()) }),
});

/**
 * Installs a package's native part, and has it multiply two matrices in a process of its own.
 * @throws ExpectedError if that fails; the native part that was there before is then there again
 */
export async function installNative(request: NativeRequest, place: Workplace): Promise<void> {
  const target = await findTarget(request.package);
  place.say(`${target.name} ${target.version} in ${target.folder}`);
  const { libtensorflow, sha256 = null } = request;
  const put =
    libtensorflow === undefined
      ? () => putStock(target, place)
      : await compileNative(target, libtensorflow, sha256, place);
  await replaceNative(target.folder, put, async () => {
    const probe = await probeBackend(target.name.split("/")[1] as BackendName, place.env);
    if (!probe.loads) throw new ExpectedError(`the new native part does not load: ${probe.reason}`);
    place.say(`it loads and multiplies rightly: ${probe.describe}`);
    sayCard(probe, place);
  });
}

/** A library that could use a card may still have found none. */
function sayCard(
  { device, tensorflow }: { device: string; tensorflow: string | null },
  place: Workplace,
): void {
  const cuda = tensorflow === null ? null : toCuda(tensorflow);
  if (device !== "CUDA" && cuda)
    place.say(
      `it runs on the CPU. To use an NVIDIA card, TensorFlow ${tensorflow} must be its GPU library, and wants CUDA ${cuda.cuda} and cuDNN ${cuda.cudnn}`,
    );
}

async function findTarget(name: NativeRequest["package"]): Promise<Target> {
  const path = findPackage(name);
  const { version, binary } = packageSchema.parse(JSON.parse(await readFile(path, "utf8")));
  const ours = Number(process.versions.napi);
  const napi = Math.max(...binary.napi_versions.filter((known) => known <= ours));
  return { name, folder: dirname(path), version, napi };
}

function findPackage(name: string): string {
  try {
    return requireTfjs.resolve(`${name}/package.json`);
  } catch {
    const command = name.endsWith("-gpu") ? "npm ci" : `npm install --no-save ${name}`;
    throw new ExpectedError(`${name} is not installed; first run: ${command}`);
  }
}
