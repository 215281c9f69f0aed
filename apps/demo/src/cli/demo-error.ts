/** A fault that its message explains to whoever ran the demo: printed as one line, without a stack. */
export class DemoError extends Error {
  override readonly name = 'DemoError';
}
