import { isRouteError, type RouteErrorCode } from '@stateful-route/core';

/** How a command ends. The numbers are part of the interface: scripts go by them. */
export const EXIT = {
  done: 0,
  failed: 1,
  wrongUse: 2,
  noStore: 3,
  notFound: 4,
  findings: 5,
  timeOver: 6,
  refused: 7,
  interrupted: 130,
  outputClosed: 141,
} as const;

/** The lines of the help about {@link EXIT}. */
export const EXIT_HELP = `
Exit status:
  0    done; a check found nothing
  1    failed
  2    wrong use: an option, a name or the configuration
  3    the store cannot be reached, or refuses
  4    there is no such service, pod, user, link or pin
  5    doctor or verify found something
  6    the time was over before what was waited for
  7    refused: --read-only, not confirmed, a pod that takes nobody, or not what it was said to be
  130  interrupted
  141  the reader of the output went away`;

/** A command that ends otherwise than done, with what it tells. */
export class CommandEnd extends Error {
  override readonly name = 'CommandEnd';
  readonly status: number;
  readonly fields: Readonly<Record<string, unknown>>;

  constructor(status: number, message: string, fields: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.status = status;
    this.fields = fields;
  }
}

const BY_CODE: Partial<Record<RouteErrorCode, number>> = {
  STORE_ERROR: EXIT.noStore,
  TIMEOUT: EXIT.noStore,
  INVALID_PARAMETER: EXIT.wrongUse,
  INVALID_CONFIG: EXIT.wrongUse,
  FENCED: EXIT.refused,
};

/** The exit status of an error. */
export function statusOf(error: unknown): number {
  if (error instanceof CommandEnd) return error.status;
  return (isRouteError(error) ? BY_CODE[error.code] : undefined) ?? EXIT.failed;
}
