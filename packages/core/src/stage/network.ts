/**
 * A fetch that honours the proxy variables and waits as long for a slow server as our own timeout does, which Node's
 * does not: it stops at 300 s. Changes the fetch of the whole process at the first request.
 * @param seconds the longest wait for a reply
 */
export function openNetwork(seconds: number): typeof fetch {
  const milliseconds = seconds * 1000 + 1000;
  const open = async () => {
    const { EnvHttpProxyAgent, setGlobalDispatcher } = await import("undici");
    setGlobalDispatcher(
      new EnvHttpProxyAgent({ headersTimeout: milliseconds, bodyTimeout: milliseconds }),
    );
  };
  let opened: Promise<void> | null = null;
  return async (...args) => {
    opened ??= open();
    await opened;
    return globalThis.fetch(...args);
  };
}
