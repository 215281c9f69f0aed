import { until } from '@stateful-route/harness';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Fleet, kinds, type Pod, type Servers } from './support/fleet.ts';

describe.each(kinds)('scale-in on %s', (_, startServers) => {
  let servers: Servers;
  let fleet: Fleet;
  beforeAll(async () => {
    servers = await startServers();
  });
  beforeEach(() => {
    fleet = new Fleet(servers);
  });
  afterEach(() => fleet.stop());
  afterAll(() => servers.stop());

  const drain = { onHandOff: async () => {} };

  /** Four pods in a directory that is older than a lease, with so many users each. */
  async function pods(users: readonly number[], config: object = {}): Promise<Pod[]> {
    const all = await Promise.all(users.map((_count, podId) => fleet.pod(podId, { drain, config })));
    for (const [podId, count] of users.entries()) {
      for (let nth = 0; nth < count; nth++) await all[podId]!.server.claim(`user-${podId}-${nth}`);
      await fleet.published(podId, { users: count });
    }
    await until('the directory is older', async () => {
      const { services } = await fleet.json<{ services: { conditions: unknown[] }[] }>('status');
      return services[0]!.conditions.length === 0;
    });
    return all;
  }

  it('shows the plan, has the pods hand over, and prints what is left to do', async () => {
    const [a, b, c, d] = (await pods([1, 1, 4, 6])) as [Pod, Pod, Pod, Pod];
    const plan = {
      leaving: [
        { podId: 2, users: 4 },
        { podId: 3, users: 6 },
      ],
      replicas: 2,
      users: 10,
      kubectl: `kubectl --namespace ${fleet.namespace} scale statefulset room --replicas=2`,
    };
    const planned = await fleet.json('scale-in', '2', '--dry-run', '--read-only', '--rate', '5');
    expect(planned).toMatchObject({ exit: 0, dryRun: true, drained: false, seconds: 2, ...plan });
    expect([a, b, c, d].map(({ server }) => server.held().size)).toEqual([1, 1, 4, 6]);
    const { out } = await fleet.routectl('scale-in', '2', '--dry-run', '--rate', '5');
    expect(out).toMatch(
      /^POD +USERS +TO ABOUT\n +2 +4 +\S.*\n +3 +6 +\S.*\n\n10 users to be moved, in 2\.0s at least\. 2 pods left\.\nThen:\n {2}kubectl /,
    );

    const args = ['scale-in', '2', '--wait', '--rate', '1000', '--timeout', '60s', '--as', 'carol'];
    expect(await fleet.routectl(...args)).toMatchObject({
      status: 0,
      err: '',
      out: expect.stringContaining(
        `They hold nobody. Next:\n  ${plan.kubectl}\nIf they come back later, they take users again after:\n  routectl uncordon room-2\n  routectl uncordon room-3\n`,
      ) as string,
    });
    expect([c, d].map(({ server }) => server.held().size)).toEqual([0, 0]);
    // Nobody was handed over to a pod that goes.
    const { stateful } = fleet.store.executors;
    const uids = [4, 6].flatMap((count, at) =>
      Array.from({ length: count }, (__, nth) => `user-${at + 2}-${nth}`),
    );
    const placed = await stateful.batchGetLinkedPod(fleet.namespace, uids, 'room');
    expect(new Set(placed.keys())).toEqual(new Set([0, 1]));
    const { entries } = await fleet.store.executors.server.readJournal(fleet.namespace, 'room', {
      types: ['intent', 'drain'],
    });
    expect(entries.filter(({ type }) => type === 'intent')).toMatchObject(
      ['cordon', 'drain'].flatMap((intent) => [2, 3].map((podId) => ({ podId, intent, by: 'carol' }))),
    );
    expect(entries.filter(({ type }) => type === 'drain')).toHaveLength(2);
  });

  it('does not wait unless told so, and says how to', async () => {
    const [, c] = await pods([0, 3]);
    const { out } = await fleet.routectl('scale-in', '1', '--rate', '0.5');
    expect(out).toMatch(
      /They hand their users over\. Next:\n {2}routectl await room-1 drained\n {2}kubectl /,
    );
    expect(await fleet.json('pod', '1')).toMatchObject({ intent: 'drain', ratePerSecond: 0.5 });
    expect(c!.server.held().size).toBeGreaterThan(0);
    expect(
      await fleet.routectl('scale-in', '1', '--rate', '0.1', '--wait', '--timeout', '300ms'),
    ).toMatchObject({
      status: 6,
      err: expect.stringMatching(/^error: After \S+: \d of \d users handed over\. What was told/) as string,
    });
  });

  it('refuses what the others cannot carry, and changes nothing', async () => {
    await pods([3, 3], { maxUsers: 4 });
    expect(await fleet.routectl('scale-in', '1')).toMatchObject({
      status: 7,
      err: 'error: The 1 pod left has places for 1 more users, and 3 would come.\n',
    });
    expect(await fleet.routectl('scale-in', '2', '--wait')).toMatchObject({
      status: 7,
      err: 'error: No pod that takes new users would be left.\n',
    });
    expect((await fleet.routectl('scale-in', '1', '--dry-run')).out).toMatch(
      /\nIt would be refused: The 1 pod left /,
    );
    expect(await fleet.json('pod', '1')).toMatchObject({ status: 'routable' });
    expect(await fleet.routectl('scale-in', '0')).toMatchObject({ status: 2 });
  });

  it('refuses while the directory is young', async () => {
    const config = { leaseSeconds: 60 };
    await Promise.all([fleet.pod(0, { config }), fleet.pod(1, { config })]);
    const { status, err } = await fleet.routectl('scale-in', '1');
    expect(status).toBe(7);
    expect(err).toMatch(/^error: No pod should go now: the directory is younger than a lease: .*\.\n$/);
  });
});
