import { context, SpanStatusCode, trace, TraceFlags } from '@opentelemetry/api';
import { createMemoryExecutors } from '@stateful-route/adapter-memory';
import { routeError, silentLogger } from '@stateful-route/core';
import { decorateExecutors, type PortCall } from '@stateful-route/core/adapter';
import { describe, expect, it } from 'vitest';
import { createStatefulRoute, type RouteConfigInput, type StatefulRoute } from '../../src/index.ts';
import { installSdk } from './sdk.ts';

const sdk = installSdk();

function route(
  config: RouteConfigInput = {},
  around: (call: PortCall) => Promise<unknown> = ({ options, run }) => run(options),
): StatefulRoute<undefined> {
  const executors = decorateExecutors(createMemoryExecutors(), around);
  return createStatefulRoute({ executors, namespace: 'game', config, logger: silentLogger });
}

const down = ({ method }: PortCall): Promise<never> =>
  Promise.reject(routeError('STORE_ERROR', 'down', { operation: method }));

describe('a call of the store', () => {
  it('is a span, and its duration is recorded', async () => {
    await route().routeInfo.getServiceNameByTag('game', 'lobby');
    const [span] = sdk.spans();
    expect(span?.name).toBe('stateful_route.store.getServiceNameByTag');
    expect(span?.attributes).toEqual({ 'stateful_route.outcome': 'ok' });
    expect(await sdk.total('store.duration', { method: 'getServiceNameByTag', outcome: 'ok' })).toBe(1);
  });

  it('has the code of its error', async () => {
    const failing = route({ maxRetryCount: 0 }, down);
    await expect(failing.routeInfo.getServiceNameByTag('game', 'lobby')).rejects.toThrow('down');
    const [span] = sdk.spans();
    expect(span?.status).toEqual({ code: SpanStatusCode.ERROR, message: 'STORE_ERROR' });
    expect(span?.attributes).toEqual({ 'stateful_route.outcome': 'STORE_ERROR' });
    expect(await sdk.total('store.duration', { outcome: 'STORE_ERROR' })).toBe(1);
  });

  it('counts once, with its repetitions', async () => {
    let calls = 0;
    const flaky = route({ retryDelayMs: 1 }, (call) => {
      calls += 1;
      return calls === 1 ? down(call) : call.run(call.options);
    });
    await flaky.routeInfo.getServiceNameByTag('game', 'lobby');
    expect(calls).toBe(2);
    expect(sdk.spans()).toHaveLength(1);
    expect(await sdk.values('store.duration')).toEqual([1]);
  });

  it('is measured for others of its method that begin in the same turn, unless one fails', async () => {
    const { client } = route({ maxRetryCount: 0 }, (call) =>
      call.args[1] === 'bob' ? down(call) : call.run(call.options),
    );
    const ask = (uid: string): Promise<unknown> =>
      client.getLinkedPodNotCache('game', uid, 'room').catch(() => {});
    await Promise.all(['ada', 'bob', 'cyd', 'dan'].map(ask));
    expect(await sdk.total('store.duration', { outcome: 'ok' })).toBe(1);
    expect(await sdk.total('store.duration', { outcome: 'STORE_ERROR' })).toBe(1);
    await new Promise(setImmediate);
    await ask('eve');
    expect(await sdk.total('store.duration', { outcome: 'ok' })).toBe(2);
  });

  it('is no span in a trace that is not sampled', async () => {
    const parent = trace.wrapSpanContext({
      traceId: '0af7651916cd43dd8448eb211c80319c',
      spanId: 'b7ad6b7169203331',
      traceFlags: TraceFlags.NONE,
    });
    await context.with(trace.setSpan(context.active(), parent), () =>
      route().routeInfo.getServiceNameByTag('game', 'lobby'),
    );
    expect(sdk.spans()).toEqual([]);
    expect(await sdk.total('store.duration')).toBe(1);
  });

  it('is neither traced nor measured where that is turned off', async () => {
    const silent = route({ enableMetrics: false, enableTracing: false });
    await silent.routeInfo.getServiceNameByTag('game', 'lobby');
    expect(sdk.spans()).toEqual([]);
    expect(await sdk.values('store.duration')).toEqual([]);
  });
});
