import type { HttpServer } from '@nestjs/common';

type Listened = (...args: unknown[]) => void;
type Listen = (...args: unknown[]) => unknown;

/**
 * Runs `start` when the application's HTTP server listens, and makes `app.listen()` wait for it; if `start` rejects, so does
 * `app.listen()`. Nest has no hook for that: `onApplicationBootstrap` runs before the server listens, and nobody waits for the
 * listeners of `HttpAdapterHost.listen$`. So the callback that Nest hands to the adapter's `listen` is called after `start`, and,
 * as by an adapter that cannot listen, with the error.
 *
 * @returns whether there is a server.
 */
export function afterListening(adapter: HttpServer | undefined, start: () => Promise<void>): boolean {
  const server = adapter?.getHttpServer?.() as import('node:http').Server | undefined;
  if (!adapter || !server) return false;
  // However it came to listen: supertest listens by itself.
  if (server.listening) void start().catch(() => {});
  else server.once('listening', () => void start().catch(() => {}));

  const target = adapter as unknown as { listen: Listen };
  const { listen } = target;
  target.listen = (...args) => {
    const listened = args.pop();
    if (typeof listened !== 'function') return listen.call(adapter, ...args, listened);
    const afterStart: Listened = (...results) => {
      const call = listened as Listened;
      if (results[0] instanceof Error) call(...results);
      else start().then(() => call(...results), call);
    };
    return listen.call(adapter, ...args, afterStart);
  };
  return true;
}
