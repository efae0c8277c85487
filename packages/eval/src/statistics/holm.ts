/**
 * p-values adjusted for their number (Holm 1979), in the given order: reject where it is at most
 * alpha, and any false rejection among all of them has at most that probability.
 * @throws RangeError if one is not in [0, 1]
 */
export function holm(pValues: readonly number[]): number[] {
  const wrong = pValues.find((p) => !(p >= 0 && p <= 1));
  if (wrong !== undefined) throw new RangeError(`expected p-values in [0, 1], got ${wrong}`);
  const order = pValues.map((p, place) => ({ p, place })).sort((a, b) => a.p - b.p);
  const adjusted = new Array<number>(pValues.length);
  let largest = 0;
  order.forEach(({ p, place }, rank) => {
    largest = Math.max(largest, Math.min(1, p * (pValues.length - rank)));
    adjusted[place] = largest;
  });
  return adjusted;
}
