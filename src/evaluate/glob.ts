// evaluate: patterns that users write, `*` for any text and `?` for one character. No regular expression is built from
// them, so none can be made to hang: matching takes at most pattern × text steps.

export type Matches = (text: string) => boolean;

/** Compiles a pattern; upper and lower case are the same (SPDX license list, matching guidelines). */
export function glob(pattern: string): Matches {
  const wanted = pattern.toLowerCase();
  return (text) => matches(wanted, text.toLowerCase());
}

// Greedy with one point of return: only the last `*` ever needs to take one more character.
function matches(pattern: string, text: string): boolean {
  let p = 0;
  let starAt = -1;
  let starTook = 0;
  for (let t = 0; t < text.length;) {
    if (p < pattern.length && pattern[p] === '*') {
      starAt = p++;
      starTook = t;
    } else if (p < pattern.length && (pattern[p] === '?' || pattern[p] === text[t])) {
      p++;
      t++;
    } else if (starAt >= 0) {
      p = starAt + 1;
      t = ++starTook;
    } else {
      return false;
    }
  }
  return pattern.slice(p).replaceAll('*', '') === '';
}

/** Matches where any of the patterns does. */
export function anyGlob(patterns: readonly string[]): Matches {
  const globs = patterns.map(glob);
  return (text) => globs.some((matches) => matches(text));
}
