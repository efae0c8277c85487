/** The non-decreasing values nearest to these in weighted squares: pool adjacent violators (Ayer et al. 1955). */
export function fitMonotone(values: readonly number[], weights: readonly number[]): number[] {
  const pools: { value: number; weight: number; size: number }[] = [];
  values.forEach((value, place) => {
    let pool = { value, weight: weights[place] ?? 1, size: 1 };
    for (let last = pools.at(-1); last && last.value >= pool.value; last = pools.at(-1)) {
      pools.pop();
      const weight = last.weight + pool.weight;
      const mean = (last.weight * last.value + pool.weight * pool.value) / weight;
      pool = { value: mean, weight, size: last.size + pool.size };
    }
    pools.push(pool);
  });
  return pools.flatMap(({ value, size }) => new Array<number>(size).fill(value));
}
