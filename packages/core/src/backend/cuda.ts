/** Versions that a TensorFlow's GPU library was built with, from its table of tested build configurations. */
export interface Cuda {
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
export const stockTensorflow = "2.9.1";

/** Finds the versions that a TensorFlow such as "2.15.1" needs, or null for an unknown one. */
export function toCuda(tensorflow: string): Cuda | null {
  return versions[tensorflow.split(".").slice(0, 2).join(".")] ?? null;
}
