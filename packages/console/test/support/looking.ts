import { type Executors, type Logger, silentLogger } from '@stateful-route/core';
import { decorateExecutors } from '@stateful-route/core/adapter';
import { createTestRoute, type TestRoute } from '@stateful-route/testkit/test-route';
import { type Console, type ConsoleOptions, createConsole } from '../../src/index.ts';
import { type Received, readEvents } from './read-events.ts';

/** A console over a service of pods that take users, with a count of all calls that it makes. */
export interface Looking extends AsyncDisposable {
  readonly route: TestRoute;
  readonly console: Console;
  /** Each call of the store that the console made, by its method. */
  readonly calls: string[];
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  post(path: string, body: unknown, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  request(path: string, init?: RequestInit): Promise<Response>;
  /** Follows a stream. */
  events(path: string, headers?: Readonly<Record<string, string>>): Promise<Stream>;
}

/** An answer, read. */
interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // oxlint-disable-next-line typescript/no-explicit-any -- a test looks into it
  readonly body: any;
}

/** A stream that is being read. */
interface Stream {
  next(): Promise<Received>;
  cancel(): Promise<void>;
}

export const HOST = 'console.test';

/** Options of {@link look}. */
export interface LookOptions extends Partial<ConsoleOptions> {
  readonly pods?: number;
  readonly around?: (executors: Executors) => Executors;
  readonly logger?: Logger;
}

/** Starts pods and a console over them, for Carol, who may act. */
export async function look({ pods = 3, around, ...options }: LookOptions = {}): Promise<Looking> {
  const route = await createTestRoute({ pods });
  const calls: string[] = [];
  const counted = decorateExecutors(route.executors, (call) => {
    calls.push(call.method);
    return call.run(call.options);
  });
  const console = createConsole(around ? around(counted) : counted, {
    namespace: route.namespace,
    authorize: () => ({ who: 'carol', may: 'act' }),
    readOnly: false,
    clock: route.clock,
    logger: silentLogger,
    ...options,
  });
  const request = (path: string, init: RequestInit = {}): Promise<Response> =>
    console.fetch(
      new Request(`http://${HOST}${path}`, { ...init, headers: { host: HOST, ...(init.headers as object) } }),
    );
  const answer = async (response: Response): Promise<Answer> => {
    const { status, headers } = response;
    const text = await response.text();
    const isJson = headers.get('content-type')?.startsWith('application/json') ?? false;
    return { status, headers, body: isJson ? JSON.parse(text) : text };
  };
  return {
    route,
    console,
    calls,
    request,
    get: async (path, headers) => answer(await request(path, { headers })),
    post: async (path, body, headers) =>
      answer(
        await request(path, {
          method: 'POST',
          body: typeof body === 'string' ? body : JSON.stringify(body),
          headers: { 'content-type': 'application/json', ...headers },
        }),
      ),
    events: async (path, headers) => {
      const { body } = await request(path, { headers });
      const events = readEvents(body!);
      return {
        next: async () => {
          const { value } = await events.next();
          if (value === undefined) throw new Error('the stream has ended');
          return value;
        },
        cancel: async () => {
          await events.return(undefined);
        },
      };
    },
    async [Symbol.asyncDispose]() {
      await console.close();
      await route.stop();
    },
  };
}
