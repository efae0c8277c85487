/** What the hash of a file says against the one in its manifest; null: they agree, or none is there. */
export function findOtherHash(name: string, said: string | undefined, hash: string): string | null {
  if (said === undefined || said === hash) return null;
  return `edited: ${name} is not as it was written: expected SHA-256 ${cut(said)}, got ${cut(hash)}`;
}

function cut(hash: string): string {
  return hash.slice(0, 12);
}
