import { createMemoryExecutors, type MemoryExecutors, type MemoryLoss } from '@stateful-route/adapter-memory';
import { PERSIST_FOREVER } from '@stateful-route/core';
import type { FeedEvent, PodFeedEvent, PodReport } from '@stateful-route/core/adapter';
import { ManualClock } from '@stateful-route/core/testing';
import { describe, expect, it } from 'vitest';

const report: PodReport = {
  state: 'READY',
  loadState: 0,
  routingState: 'READY',
  incarnation: '5.a.0',
  seq: 0,
  beatenBefore: false,
  leaseMs: 60_000,
  updatePeriodMs: 6_000,
};

/** A directory with one entry of each kind. */
async function filled(): Promise<MemoryExecutors> {
  const executors = createMemoryExecutors({ clock: new ManualClock() });
  const { stateful, server } = executors;
  await stateful.setServiceState('game', 'room', 0, report);
  await server.setPodIntent('game', 'room', 0, 'drain');
  await stateful.trySetLinkedPod('game', 'ada', 'room', 0, PERSIST_FOREVER, { incarnation: '5.a.0' });
  await stateful.enterRoster('game', 'room', 0, 'ada', { incarnation: '5.a.0' });
  await stateful.setWorkloadState('game', 'room', { state: 'READY', replicas: 1, readyReplicas: 1 });
  await server.setGlobalServiceNameTag('game', 'chat', 'room');
  await server.registerService('game', 'room');
  return executors;
}

/** The entries that remain. */
async function left({ stateful, server }: MemoryExecutors): Promise<readonly string[]> {
  const { pods, since } = await stateful.getServiceState('game', 'room');
  const { podId } = await stateful.getLink('game', 'ada', 'room');
  const { entries } = await stateful.readRoster('game', 'room', 0);
  const found = {
    pods: pods.size > 0 && since !== undefined,
    link: podId !== undefined,
    roster: entries.length > 0,
    workload: (await stateful.getWorkloadState('game', 'room')) !== undefined,
    tag: (await server.getServiceNameByTag('game', 'chat')) !== undefined,
    service: (await server.listServices('game')).length > 0,
  };
  return Object.entries(found).flatMap(([name, is]) => (is ? [name] : []));
}

const all = ['pods', 'link', 'roster', 'workload', 'tag', 'service'];
const losses: readonly (readonly [MemoryLoss, readonly string[]])[] = [
  ['everything', []],
  ['states', ['link', 'roster', 'workload', 'tag', 'service']],
  ['links', ['pods', 'workload', 'tag', 'service']],
];

describe('faults', () => {
  it('a restart loses nothing by default', async () => {
    const executors = await filled();
    executors.faults.restart();
    executors.faults.restart({ lose: 'nothing' });
    expect(await left(executors)).toEqual(all);
    expect((await executors.stateful.getServiceState('game', 'room')).epoch).toBe(3);
  });

  it.for(losses)('a restart that loses %s leaves %j', async ([lose, kept]) => {
    const executors = await filled();
    executors.faults.restart({ lose });
    expect(await left(executors)).toEqual(kept);
    expect((await executors.stateful.getServiceState('game', 'room')).epoch).toBe(2);
  });

  it.for(losses)('a loss of %s leaves %j, in the same epoch, and calls no listener', async ([lose, kept]) => {
    const executors = await filled();
    const received: string[] = [];
    await executors.feed.subscribe('game', 'room', ({ type }) => received.push(type));
    executors.faults.lose(lose);
    expect(await left(executors)).toEqual(kept);
    expect((await executors.stateful.getServiceState('game', 'room')).epoch).toBe(1);
    expect(received).toEqual([]);
  });

  it('a restart sends missed to every listener, of services and of pods', async () => {
    const { feed, faults } = await filled();
    const received: (FeedEvent | PodFeedEvent)[] = [];
    const stop = await feed.subscribe('game', 'room', (event) => received.push(event));
    await feed.subscribePod('game', 'room', 0, (event) => received.push(event));
    await feed.subscribePod('game', 'lobby', 7, (event) => received.push(event));
    faults.restart();
    await stop();
    expect(received).toEqual([{ type: 'missed' }, { type: 'missed' }]);
  });

  it('lost states start again: the intent, the count of events, and since', async () => {
    const { stateful, feed, faults } = await filled();
    const sequences: number[] = [];
    await feed.subscribe('game', 'room', (event) => {
      if (event.type === 'state') sequences.push(event.sequence);
    });
    await stateful.setServiceState('game', 'room', 0, { ...report, seq: 1, state: 'NOT_READY' });
    faults.lose('states');
    const back = await stateful.setServiceState('game', 'room', 0, { ...report, seq: 2, beatenBefore: true });
    expect(back).toMatchObject({ since: back.storeTime, restored: back.storeTime });
    expect([back.intent, back.previous]).toEqual([undefined, undefined]);
    expect(sequences).toEqual([3, 1]);
  });

  it('links are lost with their records, and roster numbers still grow afterwards', async () => {
    const { stateful, faults } = await filled();
    const before = await stateful.enterRoster('game', 'room', 0, 'ada', { incarnation: 'a' });
    faults.lose('links');
    const assert = stateful.trySetLinkedPod('game', 'ada', 'room', 1, PERSIST_FOREVER, { assertToken: 7 });
    expect(await assert).toMatchObject({ linked: true, token: 7 });
    const after = await stateful.enterRoster('game', 'room', 0, 'ada', { incarnation: 'a' });
    expect(after).toBeGreaterThan(before);
  });

  it('the older sides change links without their records, and notify no pod', async () => {
    const { stateful, feed, faults } = await filled();
    const received: PodFeedEvent[] = [];
    await feed.subscribePod('game', 'room', 0, (event) => received.push(event));
    const { token } = await stateful.getLink('game', 'ada', 'room');
    faults.setAsOtherSide('game', 'ada', 'room', 3);
    const set = await stateful.getLink('game', 'ada', 'room');
    expect(set).toMatchObject({ podId: 3, permanent: true });
    expect([set.token, set.endedToken]).toEqual([undefined, undefined]);
    faults.removeAsOtherSide('game', 'ada', 'room');
    expect(await stateful.getLinkService('game', 'ada')).toEqual(new Map());
    const assert = stateful.trySetLinkedPod('game', 'ada', 'room', 0, PERSIST_FOREVER, {
      assertToken: token,
    });
    expect(await assert).toMatchObject({ linked: true, token });
    expect(received).toEqual([]);
  });

  it('an intent may be any word', async () => {
    const { stateful, faults } = await filled();
    faults.setRawIntent('game', 'room', 0, 'Drain');
    const ack = await stateful.setServiceState('game', 'room', 0, { ...report, seq: 1 });
    expect([ack.intent, ack.unknownIntent]).toEqual([undefined, 'Drain']);
  });
});

it('an invalid roster cursor is refused', async () => {
  const { stateful } = createMemoryExecutors();
  const page = stateful.readRoster('game', 'room', 0, { cursor: 'x' });
  await expect(page).rejects.toMatchObject({ code: 'INVALID_PARAMETER', parameter: 'cursor' });
});
