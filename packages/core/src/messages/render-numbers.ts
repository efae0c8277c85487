import { basename } from "node:path";

export const dash = "–";

/** A whole number: 96120 -> `96,120`. */
export function renderWhole(n: number): string {
  return Math.round(n).toLocaleString("en-US");
}

/** A count with its noun: `1 run`, `1,200 runs`, `2 replies`. @param what in the singular */
export function renderCount(n: number, what: string): string {
  const several = /[^aeiou]y$/.test(what) ? `${what.slice(0, -1)}ies` : `${what}s`;
  return `${renderWhole(n)} ${n === 1 ? what : several}`;
}

/** An estimate, to three digits: 96120 -> `96,100`. */
export function renderAbout(n: number): string {
  return renderWhole(Number(n.toPrecision(3)));
}

/** USD without their name: two decimals from 1 on, below it three digits: `12.35`, `0.0412`. */
export function renderUsd(usd: number): string {
  if (usd >= 0.9995)
    return usd.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  return usd.toLocaleString("en-US", { maximumSignificantDigits: 3 });
}

/** A length of time in its two largest units: `45 s`, `4 min 10 s`, `1 h 12 min`, `2 d 3 h`. */
export function renderSeconds(seconds: number): string {
  const whole = Math.round(seconds);
  const minutes = Math.round(seconds / 60);
  const hours = Math.round(seconds / 3600);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return renderTwo(whole, 60, "min", "s");
  if (minutes < 24 * 60) return renderTwo(minutes, 60, "h", "min");
  return renderTwo(hours, 24, "d", "h");
}

function renderTwo(n: number, size: number, large: string, small: string): string {
  const rest = n % size;
  return `${Math.floor(n / size)} ${large}${rest > 0 ? ` ${rest} ${small}` : ""}`;
}

/** A fraction in percent: 0.6128 -> `61.3 %`. */
export function renderPercent(fraction: number): string {
  return `${(100 * fraction).toFixed(1)} %`;
}

/** A size in bytes: `812 bytes`, `15.2 kB`, `0.35 MB`. */
export function renderBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`;
  if (bytes < 1e5) return `${(bytes / 1e3).toFixed(1)} kB`;
  return `${(bytes / 1e6).toFixed(bytes < 1e7 ? 2 : 1)} MB`;
}

/** A model's name as it is shown: of a file or folder its last part, else as it is. */
export function shortenModelName(model: string): string {
  return model.startsWith("/") ? basename(model) : model;
}

/** A name that may be the path of a folder, as a user gave it, without the folders of the machine that it lies on. */
export function shortenPath(name: string): string {
  return /^([./\\]|[A-Za-z]:)/.test(name) ? (name.split(/[/\\]/).findLast(Boolean) ?? name) : name;
}

/**
 * The last line of a stage's dry run. A dry run writes nothing, so no stage knows another's: all three
 * stand alike.
 * @param parts how many there are of each kind, then what these take, in words
 */
export function renderTotal(
  what: "creation" | "training" | "evaluation",
  parts: readonly string[],
): string {
  return `${`Total, ${what}:`.padEnd(19)}${parts.join("; ")}`;
}
