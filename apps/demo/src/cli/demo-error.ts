/** An expected error, printed as one line without a stack. */
export class DemoError extends Error {
  override readonly name = 'DemoError';
}
