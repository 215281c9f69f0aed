import { describeExecutors, uniqueNamespace } from '@stateful-route/testkit/conformance';
import { startTlsRedis, type TlsRedis } from '@stateful-route/harness';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createRedisExecutors } from '../src/index.ts';

let server: TlsRedis;

beforeAll(async () => {
  server = await startTlsRedis();
});
afterAll(() => server.stop());

describeExecutors(
  // Its tests keep to namespaces of their own, and wait side by side.
  { describe, it: it.concurrent, expect },
  {
    name: 'redis, over TLS',
    capabilities: { clock: 'real' },
    create: () => {
      const executors = createRedisExecutors({ url: server.url, tls: { ca: server.ca } });
      return { executors, close: () => executors.close() };
    },
  },
);

describe('a certificate', () => {
  it('that nobody vouches for fails calls and the feed, and says why', async () => {
    const executors = createRedisExecutors({ url: server.url });
    for (const call of [
      () => executors.stateful.getLink('game', 'ada', 'room'),
      () => executors.feed.subscribe('game', 'room', () => {}),
    ]) {
      await expect(call()).rejects.toMatchObject({
        code: 'STORE_ERROR',
        message: expect.stringContaining('self-signed certificate'),
      });
    }
    await executors.close();
  });

  it('that is trusted serves the feed as well', async () => {
    const ns = uniqueNamespace();
    const executors = createRedisExecutors({ url: server.url, tls: { ca: server.ca } });
    const heard = vi.fn<(event: unknown) => void>();
    await executors.feed.subscribe(ns, 'room', heard);
    await executors.server.setPodIntent(ns, 'room', 0, 'drain');
    await expect.poll(() => heard).toHaveBeenCalled();
    await executors.close();
  });
});
