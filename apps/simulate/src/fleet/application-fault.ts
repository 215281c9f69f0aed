/** An error of the application's own: the library hands it through. */
export class ApplicationFault extends Error {
  override readonly name = 'ApplicationFault';
}
