import { checkedExecutors, type PodReport } from '@stateful-route/core';
import { describe, expect, it } from 'vitest';
import { recordingExecutors } from './recording-executors.ts';

const report: PodReport = {
  state: 'READY',
  loadState: 0,
  routingState: 'READY',
  incarnation: 'a',
  seq: 0,
  first: true,
  leaseMs: 60_000,
  updatePeriodMs: 6_000,
};

const refusal = (parameter: string): object => ({ code: 'INVALID_PARAMETER', parameter, retryable: false });

describe('checkedExecutors', () => {
  it('hands a good call on as it is', async () => {
    const inner = recordingExecutors();
    const { stateful, close } = checkedExecutors(inner);
    const options = { incarnation: 'a', minToken: 5 };
    expect(await stateful.trySetLinkedPod('game', 'ada', 'room', 0, -1, options)).toBe('trySetLinkedPod');
    expect(await stateful.setServiceState('game', 'room', 0, report)).toBe('setServiceState');
    await close();
    expect(inner.calls).toEqual([
      ['trySetLinkedPod', 'game', 'ada', 'room', 0, -1, options],
      ['setServiceState', 'game', 'room', 0, report],
      ['close'],
    ]);
  });

  it('rejects a bad one before it is made, and never throws', async () => {
    const inner = recordingExecutors();
    const { stateful, server, feed } = checkedExecutors(inner);
    await expect(stateful.getLink('', 'ada', 'room')).rejects.toMatchObject(refusal('namespace'));
    await expect(stateful.getLink('game', ['ada'] as never, 'room')).rejects.toMatchObject(refusal('uid'));
    await expect(stateful.batchGetLink('game', ['ada', '{'], 'room')).rejects.toMatchObject(refusal('uid'));
    await expect(stateful.setLinkedPod('game', 'ada', 'room', 0, 0)).rejects.toMatchObject(
      refusal('persistSeconds'),
    );
    await expect(stateful.replaceLinkedPod('game', 'ada', 'room', 0, 1, -1)).rejects.toMatchObject(
      refusal('persistSeconds'),
    );
    await expect(stateful.replaceLinkedPod('game', 'ada', 'room', 0, -1, 1)).rejects.toMatchObject(
      refusal('to'),
    );
    await expect(server.setPodIntent('game', 'room', 0, 'stop' as never)).rejects.toMatchObject(
      refusal('intent'),
    );
    await expect(feed.subscribe('game', 'room', 'me' as never)).rejects.toMatchObject(refusal('listener'));
    expect(inner.calls).toEqual([]);
  });

  it('rejects a heartbeat that is no plain data, or too large', async () => {
    const { stateful } = checkedExecutors(recordingExecutors());
    const send = (fields: object): Promise<unknown> =>
      stateful.setServiceState('game', 'room', 0, { ...report, ...fields });
    await expect(send({ more: 1n })).rejects.toMatchObject(refusal('report'));
    await expect(send({ metadata: { text: 'x'.repeat(65_536) } })).rejects.toMatchObject(refusal('report'));
    await expect(send({ metadata: { text: 'x'.repeat(60_000) } })).resolves.toBe('setServiceState');
  });

  it('rejects an aborted call with the reason of its signal', async () => {
    const inner = recordingExecutors();
    const { stateful } = checkedExecutors(inner);
    const reason = new Error('no longer wanted');
    const signal = AbortSignal.abort(reason);
    await expect(stateful.getLink('game', 'ada', 'room', { signal })).rejects.toBe(reason);
    await expect(stateful.getLink('', 'ada', 'room', { signal })).rejects.toMatchObject(refusal('namespace'));
    expect(inner.calls).toEqual([]);
  });

  it('leaves room above the greatest token that may be asked for', async () => {
    const { stateful } = checkedExecutors(recordingExecutors());
    const claim = (minToken: number): Promise<unknown> =>
      stateful.trySetLinkedPod('game', 'ada', 'room', 0, -1, { minToken });
    await expect(claim(2 ** 53 - 2 ** 32)).resolves.toBe('trySetLinkedPod');
    await expect(claim(2 ** 53 - 2 ** 32 + 1)).rejects.toMatchObject(refusal('minToken'));
  });
});
