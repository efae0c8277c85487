/**
 * Makes Node's fetch honour the proxy variables and wait as long for a slow server as our own timeout does: its own
 * stops at 300 s. Applies to the whole process.
 * @param seconds the longest wait for a reply
 */
export async function openNetwork(seconds: number): Promise<typeof fetch> {
  const { EnvHttpProxyAgent, setGlobalDispatcher } = await import("undici");
  const milliseconds = seconds * 1000 + 1000;
  setGlobalDispatcher(
    new EnvHttpProxyAgent({ headersTimeout: milliseconds, bodyTimeout: milliseconds }),
  );
  return (...args) => globalThis.fetch(...args);
}
