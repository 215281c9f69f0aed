import { type ArgumentsHost, Catch, type ExceptionFilter, Inject } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { isRefusalError, type RefusalError } from '@stateful-route/host';

/** For `@Catch(Refused)`: stands for the errors with which {@link EntityGuard} and the uses of an `@Entity()` refuse a request. */
// oxlint-disable-next-line typescript/no-extraneous-class -- Nest finds a filter by `instanceof`
export abstract class Refused {
  static [Symbol.hasInstance](error: unknown): boolean {
    return isRefusalError(error);
  }
}

/**
 * Answers refused requests, with the headers: Nest itself drops the headers of errors. 421 and 503 have no body. A filter of the
 * application that catches everything comes before it, and must set the error's `headers` itself.
 */
@Catch(Refused)
export class RefusedFilter implements ExceptionFilter {
  readonly #adapterHost: HttpAdapterHost;

  /** Made by Nest. */
  constructor(@Inject(HttpAdapterHost) adapterHost: HttpAdapterHost) {
    this.#adapterHost = adapterHost;
  }

  catch(error: RefusalError, context: ArgumentsHost): void {
    if (context.getType() !== 'http') throw error;
    const { httpAdapter } = this.#adapterHost;
    const response = context.switchToHttp().getResponse<unknown>();
    if (httpAdapter.isHeadersSent(response)) {
      httpAdapter.end(response);
      return;
    }
    for (const [name, value] of Object.entries(error.headers)) httpAdapter.setHeader(response, name, value);
    const { status, message } = error;
    httpAdapter.reply(response, status === 400 ? { statusCode: status, message } : undefined, status);
  }
}
