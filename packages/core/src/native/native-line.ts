import { Command, InvalidArgumentError, Option } from "commander";
import { FlagError } from "../messages/errors.ts";
import { parseCommand, renderCommandHelp } from "../stage/parse-command.ts";

/** What a user of `npm run native` asks for. */
export interface NativeRequest {
  /** A folder, a tarball or a URL of one: TensorFlow's C library; undefined: the package's own installer. */
  libtensorflow?: string;
  /** The tarball's SHA-256 in lower-case hexadecimal. */
  sha256?: string;
  package: "@tensorflow/tfjs-node-gpu" | "@tensorflow/tfjs-node";
}

/**
 * Parses the command line. @param args without node and script
 * @returns null if help was asked for
 * @throws FlagError in one line
 */
export function parseNativeLine(args: readonly string[]): NativeRequest | null {
  const command = toCommand();
  if (!parseCommand(command, args)) return null;
  const request = command.opts<NativeRequest>();
  if (request.sha256 && !request.libtensorflow)
    throw new FlagError("--sha256 checks the tarball that --libtensorflow names; give both");
  return request;
}

/** The help text. */
export function renderNativeHelp(): string {
  return renderCommandHelp(toCommand());
}

function toCommand(): Command {
  return new Command("npm run native --")
    .description(
      "Installs the native part of tfjs-node-gpu. By itself: the package's own installer, which brings TensorFlow 2.9.1 for CUDA 11.2 and cuDNN 8.1. For a current card: --libtensorflow compiles the package's binding for a newer TensorFlow (Linux; needs a C++ compiler). What was there stays if anything fails.",
    )
    .option(
      "--libtensorflow <dir|url>",
      "TensorFlow's C library: a folder with include/ and lib/libtensorflow.so.2, or a .tar.gz of one, on disk or by http(s)",
    )
    .option("--sha256 <hex>", "what the tarball must hash to", toSha256)
    .addOption(
      new Option("--package <name>", "the package to install it in")
        .choices(["@tensorflow/tfjs-node-gpu", "@tensorflow/tfjs-node"])
        .default("@tensorflow/tfjs-node-gpu"),
    )
    .allowExcessArguments(false);
}

function toSha256(text: string): string {
  if (/^[0-9a-f]{64}$/i.test(text)) return text.toLowerCase();
  throw new InvalidArgumentError("Expected 64 hexadecimal digits.");
}
