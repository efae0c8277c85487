import { EnvHttpProxyAgent, setGlobalDispatcher } from "undici";

/**
 * Makes Node's fetch honour the proxy variables, and wait for a slow server as long as our own
 * timeout does: undici's stops at 300 s.
 * @param seconds the longest wait for a reply
 */
export function openNetwork(seconds: number): void {
  const milliseconds = seconds * 1000 + 1000;
  setGlobalDispatcher(
    new EnvHttpProxyAgent({ headersTimeout: milliseconds, bodyTimeout: milliseconds }),
  );
}
