/** The application's own error, which the library passes on unchanged. */
export class ApplicationFault extends Error {
  override readonly name = 'ApplicationFault';
}
