import { mean } from "@seedling/core/internal";

/** The mean; null where there is no value, or any of them is not known. */
export function meanOrNull(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length > 0 && known.length === values.length ? mean(known) : null;
}
