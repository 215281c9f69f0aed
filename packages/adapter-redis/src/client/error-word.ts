/**
 * What a server writes before the word of an error that a script met. Redis before 7 and KeyDB name the script and the line
 * there: `@user_script: 132: -READONLY …`, `ERR Error running script (call to f_…): @user_script:1: …`.
 */
const BEFORE_THE_WORD =
  /^(?:(?:ERR )?Error running script \([^)]*\): ?|(?:@\w+|user_script): ?\d+: ?|ERR |-)+/;

/**
 * The word that says what an error reply is about, such as `READONLY`. It is looked for behind what the server itself writes
 * before it, and no further: what follows the word may quote a key, and with it a user's data.
 */
export function errorWord(message: string): string {
  return message.replace(BEFORE_THE_WORD, '').split(/[\s:]/, 1)[0]!;
}
