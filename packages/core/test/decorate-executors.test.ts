import type { CallOptions } from '@stateful-route/core';
import {
  checkedExecutors,
  decorateExecutors,
  type PortCall,
  type StatefulExecutor,
} from '@stateful-route/core/adapter';
import { describe, expect, it } from 'vitest';
import { recordingExecutors } from './recording-executors.ts';

describe('decorateExecutors', () => {
  it('wraps every call of every port', async () => {
    const inner = recordingExecutors();
    const seen: Omit<PortCall, 'run'>[] = [];
    const { stateful, server, feed, close } = decorateExecutors(inner, ({ run, ...call }) => {
      seen.push(call);
      return run(call.options);
    });
    const options = { timeoutMs: 5 };
    const listener = (): void => {};
    expect(await stateful.getLink('game', 'ada', 'room', options)).toBe('getLink');
    expect(await server.listServices('game')).toBe('listServices');
    expect(await feed.subscribe('game', 'room', listener, options)).toBe('subscribe');
    expect(await stateful.leaveRoster('game', 'room', 0, 'ada', { number: 7 })).toBe('leaveRoster');
    expect(await feed.subscribePod('game', 'room', 3, listener)).toBe('subscribePod');
    await close();
    expect(seen).toEqual([
      { method: 'getLink', args: ['game', 'ada', 'room'], options },
      { method: 'listServices', args: ['game'], options: undefined },
      { method: 'subscribe', args: ['game', 'room', listener], options },
      { method: 'leaveRoster', args: ['game', 'room', 0, 'ada'], options: { number: 7 } },
      { method: 'subscribePod', args: ['game', 'room', 3, listener], options: undefined },
    ]);
    expect(inner.calls).toEqual([
      ['getLink', 'game', 'ada', 'room', options],
      ['listServices', 'game', undefined],
      ['subscribe', 'game', 'room', listener, options],
      ['leaveRoster', 'game', 'room', 0, 'ada', { number: 7 }],
      ['subscribePod', 'game', 'room', 3, listener, undefined],
      ['close'],
    ]);
  });

  it('may return a result itself, change the options, or call more than once', async () => {
    const inner = recordingExecutors();
    const answers: ((call: PortCall) => Promise<unknown>)[] = [
      async () => 'by itself',
      ({ run }) => run({ timeoutMs: 9 } satisfies CallOptions),
      async ({ run, options }) => [await run(options), await run(options)],
    ];
    const { stateful } = decorateExecutors(inner, (call) => answers.shift()!(call));
    const get = (): Promise<unknown> => stateful.getLinkedPod('game', 'ada', 'room');
    expect(await get()).toBe('by itself');
    expect(inner.calls).toEqual([]);
    await get();
    expect(inner.calls).toEqual([['getLinkedPod', 'game', 'ada', 'room', { timeoutMs: 9 }]]);
    expect(await get()).toEqual(['getLinkedPod', 'getLinkedPod']);
  });

  it('names a method that an adapter lacks', () => {
    const executors = recordingExecutors();
    const stateful = Object.create(executors.stateful, {
      markServiceState: { value: undefined },
    }) as StatefulExecutor;
    const incomplete = { ...executors, stateful };
    const missing = expect.objectContaining({
      code: 'MISSING_DEPENDENCY',
      dependency: 'executors.stateful.markServiceState',
    });
    expect(() => decorateExecutors(incomplete, ({ run }) => run(undefined))).toThrow(missing);
    expect(() => checkedExecutors(incomplete)).toThrow(missing);
  });
});
