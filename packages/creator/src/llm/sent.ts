import { type Completions, escapeControls } from "@seedling/core/internal";

const ownHosts = /^(localhost|127(\.\d+){3}|\[::1\])$/;

/**
 * Renders what leaves the machine, and where to, before anything is asked.
 * @param texts that requests hold, in words
 * @returns null where nobody is asked
 */
export function renderSent(completions: Completions | null, texts: string): string | null {
  if (completions?.kind !== "live") return null;
  const { endpoint, file } = completions;
  if (file) return "  nothing leaves this machine: the model file answers here";
  if (!endpoint) return null;
  const { host, hostname } = new URL(endpoint.baseUrl);
  const here = ownHosts.test(hostname) ? ", on this machine" : "";
  return `  sent to ${escapeControls(host)}${here}: ${texts}`;
}
