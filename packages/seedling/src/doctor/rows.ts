import type { DoctorCheck, Facts } from "./checks.ts";

export interface DoctorRow {
  what: string;
  /** absent: a run can do without it. broken: a run needs it. */
  state: "ok" | "absent" | "broken";
  found: string;
  /** What mends it; null where nothing needs mending. */
  mend: string | null;
}

export async function makeChecks(
  checks: readonly DoctorCheck[],
  facts: Facts,
): Promise<DoctorRow[]> {
  const rows = checks.map(async ({ what, needed, check, mend }): Promise<DoctorRow[]> => {
    const finding = await check(facts);
    if (finding === null) return [];
    if (typeof finding === "string") return [{ what, state: "ok", found: finding, mend: null }];
    const state = needed ? "broken" : "absent";
    return [{ what, state, found: finding.fault, mend: finding.mend ?? mend ?? null }];
  });
  return (await Promise.all(rows)).flat();
}

/** Rows as lines of a table; what mends a row stands below it. */
export function renderRows(rows: readonly DoctorRow[]): string[] {
  const width = Math.max(...rows.map(({ what }) => what.length));
  const margin = " ".repeat("broken  ".length + width + 2);
  return rows.flatMap(({ what, state, found, mend }) => [
    `${state.padEnd("broken".length)}  ${what.padEnd(width)}  ${found}`,
    ...(mend === null ? [] : [`${margin}to mend it: ${mend}`]),
  ]);
}

export function renderVerdict(rows: readonly DoctorRow[]): string {
  const list = (state: DoctorRow["state"]) =>
    rows.filter((row) => row.state === state).map(({ what }) => what);
  const broken = list("broken");
  if (broken.length > 0) return `A run needs ${broken.join(", ")}: mend that first.`;
  const absent = list("absent").length;
  return absent === 0
    ? "Everything is here."
    : `What a run needs is here; ${absent} of ${rows.length} are absent, which runs can do without.`;
}
