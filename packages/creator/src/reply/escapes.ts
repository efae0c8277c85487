/** LaTeX's commands that begin with a letter which, behind a backslash, is an escape of JSON that texts hold: t, n or r. */
const commands = new Set(
  `tag tan tanh tau tbinom text textbf textit textrm textsf texttt textstyle textsubscript textsuperscript tfrac therefore
  theta thetasym thickapprox thicksim thinspace tilde times to top triangle triangledown triangleleft triangleq triangleright
  twoheadrightarrow nabla natural ncong ne nearrow neg neq nexists ngeq ngtr nleftarrow nleq nless nmid nolimits nonumber
  norm not notin nparallel nprec nrightarrow nsim nsubseteq nsucc nsupseteq nu nwarrow newcommand newline rangle rbrace rbrack
  rceil re ref renewcommand rfloor rgroup rho right rightarrow rightharpoonup rightleftarrows rightleftharpoons
  rightrightarrows rightsquigarrow rm rmoustache root rtimes rvert rVert`.split(/\s+/),
);

/** A segment of a Windows path; a space in it stands before a capital or a bracket, as in Program Files (x86). */
const segment = String.raw`[^\s\\/:*?"<>|,;]+(?: [\p{Lu}(][^\s\\/:*?"<>|,;]*)*`;

/** A backslash that may separate segments: not an escaped one, nor a line feed before a capital, as in "A:\nYes". */
const separator = String.raw`\\(?![\\"/]|[tnr](?!\p{Ll})|u[\da-fA-F]{4})`;

/** Matches a path from its drive, `.`, `..`, `~` or variable on; or an escape before letters, `e.g` among them. */
const pathOrEscape = new RegExp(
  String.raw`(?:(?<![\p{L}\p{N}])|(?<=\\[tnr]))(?:[A-Za-z]:|(?<![^\s("'])\.{1,2}|~|%\w+%|HK[A-Z_]+)(?:${separator}${segment})+|\\(u[\da-fA-F]{4}|[^]|$)(?=([A-Za-z]*(?![A-Za-z])(?:\.[A-Za-z])?))`,
  "gu",
);

/** Matches what stands between two dollars that are not of prices. */
const formula = /\$(?!\s)[^$]*[^$\s]\$(?!\d)/g;

/** Matches a dollar that is not of a price, or a brace behind a command, `^` or `_`. */
const signOfMaths = /(?<!\d ?)\$ ?[A-Za-z\\({]|(?:\\[A-Za-z]+|[\^_])\{/;

/** Matches an item of a list on a new line: nothing is unequal to a bracket. */
const isItem = /^\\ne[).]/;

/**
 * Doubles the backslashes of a JSON string's raw contents that mean themselves, as in LaTeX, regular expressions
 * and paths. What is an escape of JSON and no name of LaTeX's stays one; an escaped quote of any kind is that quote.
 */
export function mendEscapes(raw: string): string {
  if (!raw.includes("\\")) return raw;
  const isBroken = [...raw.matchAll(pathOrEscape)].some(([, code, rest]) => {
    return code !== undefined && isNoEscape(code, rest);
  });
  const outside = raw.replace(formula, (one) => " ".repeat(one.length));
  const isMaths = isBroken || signOfMaths.test(outside);
  return raw.replace(
    pathOrEscape,
    (match: string, code: string | undefined, rest = "", at: number) => {
      if (code === undefined) return match.replaceAll("\\", "\\\\");
      if (code === "'" || code === "`") return code;
      const means =
        isNoEscape(code, rest) ||
        (isBroken && (code === "b" || code === "f")) ||
        ((isMaths || outside[at] === " ") &&
          commands.has(code + rest) &&
          !isItem.test(raw.slice(at, at + 4)));
      return means ? `\\${match}` : match;
    },
  );
}

/** Whether JSON has no such code, or texts do not: none holds a backspace or a form feed before a letter. */
function isNoEscape(code: string, rest = ""): boolean {
  if (code === "b" || code === "f") return rest !== "";
  return code.length === 1 ? !`"\\/tnr'\``.includes(code) : code === "";
}
