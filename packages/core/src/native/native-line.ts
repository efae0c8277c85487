import { type Command, InvalidArgumentError, Option } from "commander";

/** What a user of `npm run native` asks for. */
export interface NativeRequest {
  /** A folder, a tarball or a URL of one: TensorFlow's C library; undefined: the package's own installer. */
  libtensorflow?: string;
  /** The tarball's SHA-256 in lower-case hexadecimal. */
  sha256?: string;
  package: "@tensorflow/tfjs-node-gpu" | "@tensorflow/tfjs-node";
}

export const about =
  "Installs the native part of tfjs-node-gpu. By itself: the package's own installer, which brings TensorFlow 2.9.1 for CUDA 11.2 and cuDNN 8.1. For a current card: --libtensorflow compiles the package's binding for a newer TensorFlow (Linux; needs a C++ compiler). What was there stays if anything fails.";

/** Adds the command's options. */
export function defineNative(line: Command): Command {
  return line
    .option(
      "--libtensorflow <dir|url>",
      "TensorFlow's C library: a folder with include/ and lib/libtensorflow.so.2, or a .tar.gz of one, on disk or by http(s)",
    )
    .option("--sha256 <hex>", "what the tarball must hash to", toSha256)
    .addOption(
      new Option("--package <name>", "the package to install it in")
        .choices(["@tensorflow/tfjs-node-gpu", "@tensorflow/tfjs-node"])
        .default("@tensorflow/tfjs-node-gpu"),
    );
}

function toSha256(text: string): string {
  if (/^[0-9a-f]{64}$/i.test(text)) return text.toLowerCase();
  throw new InvalidArgumentError("Expected 64 hexadecimal digits.");
}
