import { checkedExecutors, type PodReport } from '@stateful-route/core/adapter';
import { describe, expect, it } from 'vitest';
import { recordingExecutors } from './recording-executors.ts';

const report: PodReport = {
  state: 'READY',
  loadState: 0,
  routingState: 'READY',
  incarnation: 'a',
  seq: 0,
  beatenBefore: false,
  leaseMs: 60_000,
  updatePeriodMs: 6_000,
};

const refusal = (parameter: string): object => ({ code: 'INVALID_PARAMETER', parameter, retryable: false });

describe('checkedExecutors', () => {
  it('passes a valid call on unchanged', async () => {
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

  it('rejects an invalid call before it is made, and never throws', async () => {
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

  it('checks the methods of rosters and pod channels, and the options they need', async () => {
    const inner = recordingExecutors();
    const { stateful, feed } = checkedExecutors(inner);
    const incarnation = '5.a.0';
    await stateful.enterRoster('game', 'room', 0, 'ada', { incarnation });
    await stateful.leaveRoster('game', 'room', 0, 'ada', { number: 7 });
    await stateful.readRoster('game', 'room', 0, { cursor: '12' });
    await feed.subscribePod('game', 'room', 0, () => {});
    const made = inner.calls.length;
    await expect(stateful.enterRoster('game', 'room', 0, '', { incarnation })).rejects.toMatchObject(
      refusal('uid'),
    );
    await expect(stateful.enterRoster('game', 'room', 0, 'ada', {} as never)).rejects.toMatchObject(
      refusal('incarnation'),
    );
    await expect(stateful.leaveRoster('game', 'room', 0, 'ada', {} as never)).rejects.toMatchObject(
      refusal('number'),
    );
    await expect(stateful.readRoster('game', 'room', 0, { cursor: '' })).rejects.toMatchObject(
      refusal('cursor'),
    );
    await expect(feed.subscribePod('game', 'room', -1, () => {})).rejects.toMatchObject(refusal('podId'));
    await expect(feed.subscribePod('game', 'room', 0, 'me' as never)).rejects.toMatchObject(
      refusal('listener'),
    );
    expect(inner.calls.length).toBe(made);
  });

  it.for([
    [{ minToken: 1, assertToken: 1 }, 'assertToken'],
    [{ leaseMs: 0 }, 'leaseMs'],
    [{ epoch: -1 }, 'epoch'],
    [{ onlyIfNamed: 1 }, 'onlyIfNamed'],
    [{ onlyIfClaimed: 'yes' }, 'onlyIfClaimed'],
  ] as const)('rejects a claim with %j', async ([options, parameter]) => {
    const { stateful } = checkedExecutors(recordingExecutors());
    const claim = stateful.trySetLinkedPod('game', 'ada', 'room', 0, -1, options as object);
    await expect(claim).rejects.toMatchObject(refusal(parameter));
  });

  it('rejects a removal of a temporary link by a token', async () => {
    const { stateful } = checkedExecutors(recordingExecutors());
    const remove = (options: object): Promise<unknown> =>
      stateful.removeLinkedPodWithId('game', 'ada', 'room', 0, options);
    await expect(remove({ token: 1, onlyIfTemporary: true })).rejects.toMatchObject(
      refusal('onlyIfTemporary'),
    );
    await expect(remove({ token: 1, onlyIfTemporary: false })).resolves.toBe('removeLinkedPodWithId');
  });

  it('rejects a heartbeat by its new fields', async () => {
    const { stateful } = checkedExecutors(recordingExecutors());
    const send = (fields: object): Promise<unknown> =>
      stateful.setServiceState('game', 'room', 0, { ...report, ...fields });
    await expect(send({ beatenBefore: undefined })).rejects.toMatchObject(refusal('beatenBefore'));
    await expect(send({ users: -1 })).rejects.toMatchObject(refusal('users'));
    await expect(send({ maxUsers: 0 })).rejects.toMatchObject(refusal('maxUsers'));
    await expect(send({ healing: 'lost' })).rejects.toMatchObject(refusal('healing'));
    await expect(send({ users: 0, maxUsers: 1, healing: 'returning' })).resolves.toBe('setServiceState');
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

  it('leaves room above the greatest minToken', async () => {
    const { stateful } = checkedExecutors(recordingExecutors());
    const claim = (minToken: number): Promise<unknown> =>
      stateful.trySetLinkedPod('game', 'ada', 'room', 0, -1, { minToken });
    await expect(claim(2 ** 53 - 2 ** 32)).resolves.toBe('trySetLinkedPod');
    await expect(claim(2 ** 53 - 2 ** 32 + 1)).rejects.toMatchObject(refusal('minToken'));
  });
});
