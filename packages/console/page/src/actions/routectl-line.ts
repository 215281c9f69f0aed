/** A line of `routectl` that can be pasted into a POSIX shell. */
export function routectlLine(namespace: string, service: string, words: readonly string[]): string {
  return ['routectl', '-n', namespace, '-s', service, ...words.map(quoted)].join(' ');
}

/** A word that a shell takes as it is. */
const quoted = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
