/** The values that there are, by the name at the same position. */
export function knownByName<T>(names: readonly string[], values: readonly (T | undefined)[]): Map<string, T> {
  const known = new Map<string, T>();
  for (const [at, value] of values.entries()) if (value !== undefined) known.set(names[at]!, value);
  return known;
}
