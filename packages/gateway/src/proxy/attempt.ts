import type { IncomingHttpHeaders } from 'node:http';
import type { FailedAttempt } from './resend-rules.ts';

/** One attempt to have a request answered by a pod. */
export interface Attempt {
  /** Ends it; it reports nothing any more. */
  abort(): void;
}

/** How an attempt ended without an answer. */
export type AttemptFailure = Pick<FailedAttempt, 'connectError' | 'sent' | 'reused' | 'answered'> & {
  readonly error: unknown;
};

/** What an attempt reports. */
export interface AttemptReports {
  /** The pod does not hold the user, and has done nothing. */
  notMine(): void;
  begin(status: number, message: string | undefined, headers: IncomingHttpHeaders): void;
  /** Returns false if no more is taken until `resume` is called. */
  write(chunk: Buffer, resume: () => void): boolean;
  end(trailers: IncomingHttpHeaders): void;
  failed(failure: AttemptFailure): void;
}
