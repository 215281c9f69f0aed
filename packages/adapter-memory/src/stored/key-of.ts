/** Joins words to one key. No word can hold a control character. */
export function keyOf(...words: string[]): string {
  return words.join('\u0000');
}
