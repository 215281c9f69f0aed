/** One key of several words; none of them can hold a control character. */
export function keyOf(...words: string[]): string {
  return words.join('\u0000');
}
