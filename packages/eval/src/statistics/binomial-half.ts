import jstat from "jstat";

/** The probabilities of 0 to n heads of n coins. */
export function computeCoinFlips(n: number): Float64Array {
  const shares = new Float64Array(n + 1);
  const all = jstat.gammaln(n + 1) - n * Math.LN2;
  for (let heads = 0; heads <= n; heads++)
    shares[heads] = Math.exp(all - jstat.gammaln(heads + 1) - jstat.gammaln(n - heads + 1));
  return shares;
}
