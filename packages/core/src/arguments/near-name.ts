/** How many letters a name may differ from the one that was meant. */
const FARTHEST = 2;

/** How many letters a word has that may stand for the longer name it begins, as one without its unit does. */
const BEGINNING = 4;

/** The name that was probably meant; `undefined` where none is near. Case does not count. */
export function nearName(given: string, names: Iterable<string>): string | undefined {
  let nearest: string | undefined;
  // A short name is near to everything: at most a third of it may differ.
  let least = Math.min(FARTHEST, Math.floor(given.length / 3)) + 1;
  for (const name of names) {
    const [a, b] = [given.toLowerCase(), name.toLowerCase()];
    const distance = a.length >= BEGINNING && b.startsWith(a) ? 0 : distanceOf(a, b);
    if (distance >= least) continue;
    least = distance;
    nearest = name;
  }
  return nearest;
}

/** How many letters must be put in, left out or changed to make one word of the other. */
function distanceOf(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > FARTHEST) return Number.POSITIVE_INFINITY;
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
