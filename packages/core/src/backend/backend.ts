import type { Env } from "../logs/paths.ts";
import { ExpectedError } from "../messages/errors.ts";
import { renderCount } from "../messages/render-numbers.ts";
import {
  type BackendName,
  backendNames,
  type Opened,
  openers,
  toMend,
  toReason,
} from "./openers.ts";

/** The library and device that tensors are computed on. */
export interface Backend extends Opened {
  name: BackendName;
  /** The version of tfjs, such as "4.22.0". */
  version: string;
  /** One line, such as "tfjs-node-gpu 4.22.0, TensorFlow 2.15.1, CPU, 8 threads". */
  describe: string;
  /** Reasons that better backends were not taken, one line each. */
  passedOver: string[];
}

export interface BackendOptions {
  /** Takes this backend or none, whatever else would load. */
  force?: BackendName | null | undefined;
  /** The environment from which TensorFlow's settings are read and, where unset, to which they are written before it loads. */
  env?: Env;
}

let opened: Promise<Backend> | undefined;

/**
 * Opens the best backend of this machine: tfjs-node-gpu, else tfjs-node, else wasm; or the one that
 * is forced. tfjs has one engine per process, so the first call decides and later calls return the
 * same backend, until it is released.
 * @throws ExpectedError if none can be loaded, with the reason of each and what mends it
 */
export async function openBackend(options: BackendOptions = {}): Promise<Backend> {
  opened ??= chooseBackend(options);
  const backend = await opened;
  if (options.force && backend.name !== options.force)
    throw new Error(`asked for ${options.force}, but this process already runs on ${backend.name}`);
  return backend;
}

/**
 * Lets the next call of `openBackend` choose anew: a stage that follows another in one process chooses as in a process
 * of its own. Tensors of the backend before must be disposed of.
 */
export function releaseBackend(): void {
  opened = undefined;
}

async function chooseBackend({ force, env = process.env }: BackendOptions): Promise<Backend> {
  const passedOver: string[] = [];
  for (const name of force ? [force] : backendNames) {
    if (!force && openers[name].onlyForced) continue;
    try {
      const found = await openers[name].open(env);
      const version = found.tf.version["tfjs-core"];
      return { ...found, name, version, describe: describe(name, version, found), passedOver };
    } catch (error) {
      if (force)
        throw new ExpectedError(
          `--backend ${name} could not be loaded: ${toReason(error)}. To mend it: ${toMend(name, error)}`,
          { cause: error },
        );
      passedOver.push(`${name}: ${toReason(error)}`);
    }
  }
  const reasons = passedOver.join("; ");
  throw new ExpectedError(
    `no backend for tensors could be loaded; npm install brings wasm. ${reasons}`,
  );
}

function describe(name: string, version: string, opened: Opened): string {
  const { tensorflow, adapter, device, threads } = opened;
  const library = tensorflow && `TensorFlow ${tensorflow}`;
  const count = threads && renderCount(threads, "thread");
  return [`${name} ${version}`, library, adapter, device, count].filter(Boolean).join(", ");
}
