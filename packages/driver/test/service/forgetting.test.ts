import 'reflect-metadata';
import { createMemoryExecutors } from '@stateful-route/adapter-memory';
import { silentLogger } from '@stateful-route/core';
import { decorateExecutors, type PodReport } from '@stateful-route/core/adapter';
import { ManualClock } from '@stateful-route/core/testing';
import { describe, expect, it } from 'vitest';
import { resolveConfig } from '../../src/config/resolve-config.ts';
import { RouteContainer } from '../../src/route/route-container.ts';

const REFRESH_MS = 5_000;
const LEASE_MS = 300_000;
/** The pods', who beat once and live on. */
const POD_LEASE_MS = 5 * LEASE_MS;

/** A caller's parts on a store whose readings and subscriptions are counted, and pods that are no more than a heartbeat. */
function fixture() {
  const clock = new ManualClock();
  const store = createMemoryExecutors({ clock });
  const counts = { readings: 0, subscriptions: 0, links: 0, open: 0 };
  const counted = decorateExecutors(store, ({ method, options, run }) => {
    if (method === 'getServiceState') counts.readings += 1;
    if (method === 'subscribe') counts.subscriptions += 1;
    if (method === 'setLinkedPodIfAbsent') counts.links += 1;
    return run(options);
  });
  const feed: typeof counted.feed = {
    ...counted.feed,
    subscribe: async (...given) => {
      const unsubscribe = await counted.feed.subscribe(...given);
      counts.open += 1;
      return async () => {
        counts.open -= 1;
        await unsubscribe();
      };
    },
  };
  const container = new RouteContainer({
    place: { namespace: 'game' },
    config: resolveConfig({
      profile: 'compat',
      stateRefreshMs: REFRESH_MS,
      stateCacheExpireSecs: LEASE_MS / 1_000,
    }),
    executors: { ...counted, feed },
    overrides: { clock, logger: silentLogger },
  });
  const beats = new Map<string, number>();
  const beat = async (serviceName: string, report: Partial<PodReport> = {}, podId = 0): Promise<void> => {
    const pod = `${serviceName}-${podId}`;
    const seq = beats.get(pod) ?? 0;
    beats.set(pod, seq + 1);
    await store.stateful.setServiceState('game', serviceName, podId, {
      state: 'READY',
      routingState: 'READY',
      loadState: 0,
      incarnation: 'life',
      seq,
      beatenBefore: seq > 0,
      leaseMs: POD_LEASE_MS,
      updatePeriodMs: POD_LEASE_MS / 3,
      ...report,
    });
  };
  const states = container.get('stateCache');
  const client = container.get('client');
  return { clock, counts, beat, faults: store.faults, states, client, routeInfo: container.get('routeInfo') };
}

/** Some names, each of another service. */
function names(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `service-${i}`);
}

describe('names of services that do not exist', () => {
  it('leave nothing behind: no subscription, no reading, no entry', async () => {
    const { clock, counts, states, client, routeInfo } = fixture();
    await Promise.all(
      names(5_000).map(async (name, i) => {
        const namespace = i % 2 === 0 ? 'game' : `stranger-${i}`;
        const asked = [
          client.computeLinkedPod(namespace, 'ada', name),
          client.getLinkedPod(namespace, 'ada', name),
        ];
        client.cacheExpired(namespace, 'ada', name);
        await Promise.allSettled([...asked, routeInfo.alivePods(namespace, name)]);
      }),
    );
    expect(counts).toMatchObject({ readings: 5_000, open: 0 });
    await clock.advance(REFRESH_MS);
    expect(states.size).toBe(0);
    await clock.advance(2 * LEASE_MS);
    expect(counts).toMatchObject({ readings: 5_000, open: 0 });
  });

  it('are read at most once in stateRefreshMs, however often they are used', async () => {
    const { clock, counts, routeInfo } = fixture();
    for (let times = 0; times < 100; times++) {
      expect((await routeInfo.alivePods('game', 'nobody')).size).toBe(0);
      await clock.advance(REFRESH_MS / 10);
    }
    expect(counts.readings).toBe(10);
  });

  it('are found as soon as they exist and are used again', async () => {
    const { clock, counts, beat, client, routeInfo } = fixture();
    await routeInfo.alivePods('game', 'late');
    await beat('late');
    await clock.advance(REFRESH_MS);
    expect(await client.computeLinkedPod('game', 'ada', 'late')).toBe(0);
    expect(counts.open).toBe(1);
  });

  it('are kept, read and pushed while they are watched', async () => {
    const { clock, counts, beat, states, routeInfo } = fixture();
    await routeInfo.alivePods('game', 'late');
    expect(counts.open).toBe(0);
    const unwatch = await routeInfo.watch('game', 'late');
    expect(counts.open).toBe(1);
    const reported: number[] = [];
    routeInfo.registerRoutingStateChangedEvent('game', ({ podId }) => {
      reported.push(podId);
    });
    await clock.advance(2 * LEASE_MS);
    await beat('late');
    await clock.advance(0);
    expect(reported).toEqual([0]);
    unwatch();
    await clock.advance(LEASE_MS);
    expect(states.size).toBe(1);
  });

  it('share one request among those who ask for a user, though it outlasts stateRefreshMs', async () => {
    const { clock, counts, client, states } = fixture();
    const first = client.computeLinkedPod('game', 'ada', 'nobody', { timeoutMs: 60_000 });
    expect(states.size).toBe(1);
    await expect(first).rejects.toMatchObject({ code: 'SERVICE_NOT_READY' });
    const links = states.service('game', 'nobody').links;
    const hung = links.request('bob', 60_000, () => new Promise(() => {}));
    hung.answer.catch(() => {});
    await clock.advance(4 * REFRESH_MS);
    expect(states.service('game', 'nobody').links.request('bob', 1, () => Promise.reject(new Error()))).toBe(
      hung,
    );
    await clock.advance(60_000);
    expect(states.size).toBe(0);
    expect(counts.open).toBe(0);
  });
});

it('a service that had no pods is read again while users are looked up continuously', async () => {
  const { clock, beat, states, client } = fixture();
  const { links } = states.service('game', 'late');
  await expect(client.computeLinkedPod('game', 'ada', 'late')).rejects.toMatchObject({
    code: 'SERVICE_NOT_READY',
  });
  links.request('bob', 60_000, () => new Promise(() => {})).answer.catch(() => {});
  await beat('late');
  await clock.advance(REFRESH_MS);
  expect(await client.computeLinkedPod('game', 'ada', 'late')).toBe(0);
});

describe('a service without use for a lease', () => {
  it('is forgotten with its links, and neither subscribed nor read until its pods may be dead', async () => {
    const { clock, counts, beat, states, client } = fixture();
    const services = names(40);
    const uids = Array.from({ length: 50 }, (_, i) => `user-${i}`);
    const askAll = async (): Promise<void> => {
      for (const name of services) {
        await Promise.all(uids.map((uid) => client.computeLinkedPod('game', uid, name)));
      }
    };
    for (const name of services) await beat(name);
    await askAll();
    expect(counts).toMatchObject({ links: 2_000, open: 40 });
    await askAll();
    expect(counts.links).toBe(2_000);
    await clock.advance(LEASE_MS + REFRESH_MS);
    expect(counts.open).toBe(0);
    const { readings } = counts;
    await clock.advance(LEASE_MS);
    expect(counts.readings).toBe(readings);
    await askAll();
    expect(counts).toMatchObject({ readings: readings + 40, links: 4_000, open: 40 });
    await clock.advance(POD_LEASE_MS);
    expect(states.size).toBe(0);
    expect(counts.open).toBe(0);
  });

  it('stays as long as its namespace has a listener', async () => {
    const { clock, beat, states, routeInfo } = fixture();
    await beat('room');
    const reported: unknown[] = [];
    const unregister = routeInfo.registerRoutingStateChangedEvent('game', ({ current }) => {
      reported.push(current?.routingState);
    });
    await routeInfo.alivePods('game', 'room');
    await clock.advance(3 * LEASE_MS);
    await beat('room', { routingState: 'DENY_NEW_CALL' });
    await clock.advance(0);
    expect(reported).toEqual(['DENY_NEW_CALL']);
    unregister();
    await clock.advance(2 * POD_LEASE_MS);
    expect(states.size).toBe(0);
  });

  it('is read again, not answered as it was', async () => {
    const { clock, beat, client, routeInfo } = fixture();
    await beat('room');
    expect(await client.computeLinkedPod('game', 'ada', 'room')).toBe(0);
    await clock.advance(LEASE_MS + REFRESH_MS);
    await beat('room', { routingState: 'DENY_NEW_CALL' });
    await beat('room', {}, 1);
    expect(client.getLinkedInCache('game', 'ada', 'room')).toBeUndefined();
    expect((await routeInfo.routablePods('game', 'room')).has(0)).toBe(false);
    expect(await client.computeLinkedPod('game', 'bob', 'room')).toBe(1);
  });

  it.each([
    ['the store comes back empty', 1, async () => {}],
    [
      'the store came back empty, which was noticed right before that',
      LEASE_MS - REFRESH_MS,
      async (clock: ManualClock) => clock.advance(2 * REFRESH_MS),
    ],
  ])('has its users wait when %s: their pods may live', async (_, idleMs, noticed) => {
    const { clock, beat, faults, client, routeInfo } = fixture();
    await beat('room');
    await routeInfo.alivePods('game', 'room');
    await clock.advance(idleMs > 1 ? idleMs : LEASE_MS + REFRESH_MS);
    faults.restart({ lose: 'everything' });
    await beat('room', {}, 1);
    await noticed(clock);
    const outcome = client.computeLinkedPod('game', 'ada', 'room').catch((error: unknown) => error);
    await clock.advance(5_000);
    expect(await outcome).toMatchObject({ code: 'POD_NOT_AVAILABLE', why: 'restored directory' });
    await clock.advance(POD_LEASE_MS / 3);
    expect(await client.computeLinkedPod('game', 'ada', 'room')).toBe(1);
  });
});
