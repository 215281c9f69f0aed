/** The greatest edit distance at which a name is suggested. */
const DISTANCE_MAX = 2;

/** A prefix of this length matches the longer name, such as a name without its unit. */
const PREFIX_MIN = 4;

/** The valid name that was probably meant; `undefined` if none is near. Case does not count. */
export function nearName(given: string, names: Iterable<string>): string | undefined {
  let nearest: string | undefined;
  // At most a third of a short name may differ, else it would match everything.
  let least = Math.min(DISTANCE_MAX, Math.floor(given.length / 3)) + 1;
  for (const name of names) {
    const [a, b] = [given.toLowerCase(), name.toLowerCase()];
    const distance = a.length >= PREFIX_MIN && b.startsWith(a) ? 0 : editDistance(a, b);
    if (distance >= least) continue;
    least = distance;
    nearest = name;
  }
  return nearest;
}

/** The Levenshtein distance; infinite where it must exceed {@link DISTANCE_MAX}. */
function editDistance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > DISTANCE_MAX) return Number.POSITIVE_INFINITY;
  let above = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const changed = above[column - 1]! + (a[row - 1] === b[column - 1] ? 0 : 1);
      current.push(Math.min(changed, above[column]! + 1, current[column - 1]! + 1));
    }
    above = current;
  }
  return above[b.length]!;
}
