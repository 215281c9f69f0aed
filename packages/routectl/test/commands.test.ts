import { readFileSync } from 'node:fs';
import { until } from '@stateful-route/harness';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Fleet, kinds, type Servers } from './support/fleet.ts';
import { run, start } from './support/routectl.ts';

describe.each(kinds)('on %s', (_, startServers) => {
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

  it('status sums each service up', async () => {
    const [a] = await Promise.all([fleet.pod(0), fleet.pod(1), fleet.pod(0, { serviceName: 'chat' })]);
    await a.server.claim('ada');
    await fleet.published(0, { users: 1 });
    const text = await fleet.routectl('status');
    expect(text).toMatchObject({ status: 0, err: '' });
    const [head, chat, room] = text.out.split('\n').map((line) => line.split(/ {2,}/));
    expect(head).toEqual([
      'SERVICE',
      'PODS',
      'ROUTABLE',
      'AVAILABLE',
      'ALIVE',
      'USERS',
      'LOAD',
      'MAX',
      'CONDITION',
    ]);
    expect(chat!.slice(0, 6)).toEqual(['chat', '1', '1', '1', '1', '0']);
    expect(room!.slice(0, 6)).toEqual(['room', '2', '2', '2', '2', '1']);
    const json = await fleet.json('status', '--service', 'room');
    expect(json).toMatchObject({
      exit: 0,
      namespace: fleet.namespace,
      services: [{ service: 'room', pods: 2, routable: 2, users: 1, load: { mean: 0.5, max: 1 } }],
    });
  });

  it('pods and pod show each pod, and what an operator wishes', async () => {
    const [a] = await Promise.all([fleet.pod(0, { config: { maxUsers: 10 } }), fleet.pod(1)]);
    await a.server.setMetadata({ zone: 'b' });
    await a.server.claim('ada');
    await fleet.published(0, { users: 1 });
    await fleet.routectl('cordon', '1');
    await fleet.published(1, { routingState: 'DENY_NEW_CALL' });
    const { out } = await fleet.routectl('pods');
    const [head, first, second] = out.split('\n').map((line) => line.trim().split(/ {2,}/));
    expect(head).toEqual(['POD', 'STATUS', 'USERS', 'LOAD', 'BEAT', 'INTENT', 'ADDRESS', 'INCARNATION']);
    expect(first!.filter((_, at) => at !== 4 && at !== 7)).toEqual([
      '0',
      'routable',
      '1/10',
      '1',
      '-',
      '10.0.0.0:8080',
    ]);
    expect(second!.filter((_, at) => at !== 4 && at !== 7)).toEqual([
      '1',
      'draining',
      '0',
      '0',
      'cordon',
      '10.0.0.1:8080',
    ]);
    expect(await fleet.json('pods')).toMatchObject({
      service: 'room',
      pods: [
        { podId: 0, status: 'routable', users: 1, maxUsers: 10 },
        { podId: 1, status: 'draining', intent: 'cordon' },
      ],
    });

    const one = await fleet.routectl('pod', 'room-0');
    expect(one.out).toMatch(/^pod +room-0\nstatus +routable\nstate +READY, routing READY\nusers +1\/10\n/);
    expect(one.out).toMatch(/\nzone +b\n/);
    expect(await fleet.json('pod', '0')).toMatchObject({ podId: 0, leaseMs: 3_000, metadata: { zone: 'b' } });
    expect(await fleet.routectl('pod', '7')).toEqual({
      status: 4,
      out: '',
      err: 'error: room has no pod 7, but 0, 1.\n',
    });
  });

  it('users lists those who have a claim of the pod, and where shows the pod of a user', async () => {
    const [a, b] = await Promise.all([fleet.pod(0), fleet.pod(1)]);
    for (const uid of ['eve', 'ada', 'ünï 🎲']) await a.server.claim(uid);
    await b.server.claim('bob');
    await fleet.store.executors.stateful.setLinkedPodIfAbsent(fleet.namespace, 'joe', 'room', 0, 60);
    const listed = await fleet.json('users', '0');
    expect(listed).toMatchObject({
      source: 'scan',
      users: [{ uid: 'ada', present: true }, { uid: 'eve' }, { uid: 'ünï 🎲' }],
    });
    expect((await fleet.routectl('users', '0')).out).toMatch(/\n3 users of room-0, by its claims\n$/);

    expect(await fleet.json('where', 'bob')).toMatchObject({
      places: [
        { service: 'room', podId: 1, link: 'claim', pod: { status: 'routable', address: '10.0.0.1:8080' } },
      ],
    });
    const { out } = await fleet.routectl('where', 'joe');
    expect(out).toMatch(/\nroom +0 +temporary, \S+ left +routable +10\.0\.0\.0:8080/);
    expect(await fleet.routectl('where', 'nobody')).toMatchObject({ status: 4, out: '' });
  });

  it('users takes the roster of a service whose users wait for their ordinal', async () => {
    const pod = await fleet.pod(0, { config: { deadOwner: 'wait' } });
    for (const uid of ['ada', 'bob']) await pod.server.claim(uid);
    expect(await fleet.json('users', '0')).toMatchObject({
      source: 'roster',
      users: [{ uid: 'ada' }, { uid: 'bob' }],
    });
  });

  it('cordon, uncordon and drain are obeyed, and waited for', async () => {
    const [a] = await Promise.all([fleet.pod(0, { drain: { onHandOff: async () => {} } }), fleet.pod(1)]);
    for (let at = 0; at < 20; at++) await a.server.claim(`user-${at}`);
    await fleet.published(0, { users: 20 });
    expect(await fleet.routectl('cordon', 'room-0')).toMatchObject({
      status: 0,
      out: 'room-0 takes no new users, and keeps those it has, from its next heartbeat on.\n',
    });
    await fleet.published(0, { routingState: 'DENY_NEW_CALL' });
    expect(a.server.held().size).toBe(20);
    expect(await fleet.json('await', '0', 'drained', '--timeout', '500ms')).toMatchObject({
      exit: 6,
      error: { status: 6, why: 'it holds 20 users', users: 20 },
    });
    expect(await fleet.json('await', '0', 'safe-to-stop', '--timeout', '10s')).toMatchObject({ exit: 0 });
    await fleet.routectl('uncordon', '0');
    await fleet.published(0, { routingState: 'READY' });
    expect(await fleet.json('drain', '0', '--wait', '--rate', '1000', '--timeout', '60s')).toMatchObject({
      exit: 0,
      condition: 'drained',
      users: 0,
    });
    expect(a.server.held().size).toBe(0);
    expect(await fleet.json('pod', '0')).toMatchObject({ intent: 'drain', ratePerSecond: 1_000 });
  });

  it('await says that the last pod is not safe to stop', async () => {
    await fleet.pod(0);
    const { status, err } = await fleet.routectl('await', '0', 'safe-to-stop', '--timeout', '1s');
    expect(status).toBe(6);
    expect(err).toMatch(/^error: room-0 is not safe-to-stop after \S+: no other pod takes new users\.\n$/);
  });

  it('unlink removes a temporary link only, and kick a claim only, whose owner is told', async () => {
    const pod = await fleet.pod(0);
    await pod.server.claim('ada');
    const { stateful } = fleet.store.executors;
    await stateful.setLinkedPodIfAbsent(fleet.namespace, 'bob', 'room', 0, 60);
    const lost: string[] = [];
    pod.server.on('claimsLost', ({ uids }) => lost.push(...uids));

    expect(await fleet.routectl('unlink', 'ada')).toMatchObject({
      status: 7,
      err: 'error: ada is claimed by room-0. To end the claim: routectl kick ada\n',
    });
    expect(await fleet.routectl('kick', 'bob')).toMatchObject({ status: 7, out: '' });
    expect(pod.server.holds('ada')).toBe(true);
    expect(await fleet.json('unlink', 'bob')).toMatchObject({ exit: 0, podId: 0, removed: true });
    expect(await stateful.getLinkedPod(fleet.namespace, 'bob', 'room')).toBeUndefined();
    expect(await fleet.json('kick', 'ada')).toMatchObject({ exit: 0, podId: 0, removed: true });
    await until('the owner is told', () => lost.includes('ada'));
    expect(await fleet.routectl('kick', 'ada')).toMatchObject({ status: 4 });
    expect(await fleet.routectl('unlink', 'ada')).toMatchObject({ status: 4 });
  });

  it('dead ends the lease of exactly the process that is named, once it is confirmed', async () => {
    const { kill } = await fleet.mortal(0, { config: { leaseSeconds: 600 } });
    await fleet.pod(1);
    const { incarnation } = await fleet.json<{ incarnation: string }>('pod', '0');
    await kill();
    expect(await fleet.routectl('dead', '0', '--incarnation', incarnation)).toMatchObject({
      status: 7,
      out: '',
    });
    expect(await fleet.json('dead', '0', '--incarnation', '1.other.0', '--yes')).toMatchObject({
      exit: 7,
      error: { code: 'FENCED' },
    });
    expect(await fleet.json('pod', '0')).toMatchObject({ state: 'READY' });
    expect(
      await fleet.json('dead', '0', '--incarnation', incarnation, '--yes', '--as', 'carol'),
    ).toMatchObject({
      exit: 0,
      by: 'carol',
    });
    expect((await fleet.routectl('pod', '0')).out).toMatch(/\nstatus +ended\n/);
  });

  it('reap shows the claims of processes that are gone, and ends them when told so', async () => {
    const first = await fleet.mortal(0);
    await Promise.all(['ada', 'bob'].map((uid) => first.pod.server.claim(uid)));
    await first.kill();
    const second = await fleet.pod(0);
    await second.server.claim('eve');
    const gone = [
      { uid: 'ada', podId: 0, why: 'earlier run', ended: false },
      { uid: 'bob', podId: 0, why: 'earlier run', ended: false },
    ];
    const shown = await fleet.json<{ claims: { uid: string }[] }>('reap');
    expect(shown).toMatchObject({ exit: 0, applied: false, ended: 0 });
    expect(shown.claims.toSorted((a, b) => (a.uid < b.uid ? -1 : 1))).toEqual(gone);
    const { stateful } = fleet.store.executors;
    const podOf = (uid: string) => stateful.getLinkedPod(fleet.namespace, uid, 'room');
    expect(await podOf('ada')).toBe(0);

    await second.server.claim('bob');
    expect(await fleet.json('reap', '--apply')).toMatchObject({
      applied: true,
      ended: 1,
      claims: [{ uid: 'ada', ended: true }],
    });
    expect([await podOf('ada'), await podOf('bob'), await podOf('eve')]).toEqual([undefined, 0, 0]);
    expect(second.server.holds('bob')).toBe(true);
    expect((await fleet.routectl('events', '--type', 'reaped')).out).toMatch(/ room-0  users 1  by \S+\n$/);
  });

  it('reap leaves the users alone who wait for their ordinal', async () => {
    const first = await fleet.mortal(0, { config: { deadOwner: 'wait' } });
    await first.pod.server.claim('ada');
    await first.kill();
    await fleet.pod(0, { config: { deadOwner: 'wait' } });
    expect(await fleet.json('reap', '--apply')).toMatchObject({ ended: 0, claims: [] });
    expect(await fleet.store.executors.stateful.getLinkedPod(fleet.namespace, 'ada', 'room')).toBe(0);
  });

  it('doctor and verify find nothing in a healthy fleet, while users come and go', async () => {
    const pods = await Promise.all([0, 1, 2].map((podId) => fleet.pod(podId)));
    const change = { goesOn: true };
    const coming = pods.map(async ({ server }, at) => {
      for (let nth = 0; change.goesOn; nth++) {
        await server.claim(`user-${at}-${nth}`);
        if (nth >= 50) await server.release(`user-${at}-${nth - 50}`);
      }
    });
    await fleet.store.executors.stateful.setLinkedPodIfAbsent(fleet.namespace, 'joe', 'room', 0, 60);
    const [doctor, verify] = [await fleet.json('doctor'), await fleet.json('verify')];
    change.goesOn = false;
    await Promise.all(coming);
    expect(doctor).toMatchObject({ exit: 0, ok: true });
    expect(verify).toMatchObject({ exit: 0, ok: true });
    const text = await fleet.routectl('doctor');
    expect(text).toMatchObject({ status: 0, err: '' });
    expect(text.out.split('\n').map((line) => line.split(/ {2,}/).slice(0, 2))).toEqual([
      ...['connection', 'memory', 'persistence', 'replicas', 'clock', 'rights', 'push', 'keys', 'pods'].map(
        (name) => ['ok', name],
      ),
      [''],
    ]);
  });

  it('explain says why a user is at a pod, and what keeps the user from another', async () => {
    const [a] = await Promise.all([fleet.pod(0), fleet.pod(1)]);
    await a.server.claim('ada');
    expect(await fleet.json('explain', 'ada', '--not', 'room-1')).toMatchObject({
      exit: 0,
      link: { podId: 0, permanent: true },
      outcome: { action: 'return', podId: 0, from: 'claim' },
      not: { podId: 1 },
      pods: [{ podId: 0 }, { podId: 1 }],
    });
    expect((await fleet.routectl('explain', 'ada', '--not', '1')).out).toMatch(
      /^Pod 0 claimed ada at \S+Z, whose link did not name it\.\nReturns pod 0, .*\n.* keeps ada on pod 0\.\n\nPOD /,
    );
    const { out } = await fleet.routectl('explain', 'bob');
    expect(out).toMatch(/^Places bob on pod [01]: .*\n\nPOD +CANDIDATE/);
  });

  it('events shows what happened, who did it, and what happens next', async () => {
    const pod = await fleet.pod(0);
    await pod.server.claim('ada');
    const following = start(fleet.args('events', '-f', '--json'));
    await until('the past', () => following.out.includes('"type":"started"'));
    await fleet.routectl('cordon', '0', '--as', 'carol');
    await fleet.routectl('kick', 'ada', '--as', 'dave');
    await until('the present', () => following.out.includes('"type":"kicked"'));
    following.child.kill('SIGTERM');
    const { status, out } = await following.ended();
    expect(status).toBe(130);
    const entries = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(new Set(entries.map(({ id }) => id)).size).toBe(entries.length);
    expect(entries.filter(({ type }) => type === 'intent' || type === 'kicked')).toMatchObject([
      { type: 'intent', podId: 0, intent: 'cordon', by: 'carol' },
      { type: 'kicked', podId: 0, uid: 'ada', by: 'dave' },
    ]);
    const text = await fleet.routectl('events', '--type', 'kicked,unlinked', '--pod', '0');
    expect(text.out).toMatch(/^\d{4}-\S+Z  kicked +room-0 ada  by dave\n$/);
    expect((await fleet.routectl('events', '--user', 'ada')).out).toBe(text.out);
    expect((await fleet.routectl('events', '--limit', '1')).out).toBe(text.out);
    expect(await fleet.routectl('events', '--type', 'kick')).toMatchObject({ status: 2 });
  });

  it('names the services where there are several, and says where there is none', async () => {
    expect(await fleet.routectl('pods')).toMatchObject({
      status: 4,
      err: `error: The namespace ${fleet.namespace} has no service.\n`,
    });
    await Promise.all([fleet.pod(0), fleet.pod(0, { serviceName: 'chat' })]);
    const { status, err } = await fleet.routectl('pods');
    expect([status, err]).toEqual([
      2,
      `error: The namespace ${fleet.namespace} has several services. Name one: --service chat, --service room\n`,
    ]);
    expect(await fleet.routectl('pod', 'chat-0')).toMatchObject({ status: 0 });
    expect(await fleet.routectl('pod', 'chat-0', '--service', 'room')).toMatchObject({ status: 2 });
  });
});

it('every command has help with examples, which needs no store, and is in the README', async () => {
  const { out } = await run(['--help']);
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const lists = [...out.matchAll(/\nCommands that [a-z ]+:\n([^]*?)\n(?=\n)/g)].map(([, list]) => list!);
  const names = lists.flatMap((list) => [...list.matchAll(/^ {2}([a-z-]+)/gm)].map(([, name]) => name!));
  expect(names.length).toBeGreaterThan(17);
  for (const name of names) {
    const help = await run([name, '--help']);
    expect(help).toMatchObject({ status: 0, err: '' });
    expect(help.out).toContain(`Examples:\n  routectl ${name}`);
    expect(readme).toMatch(new RegExp(`^\\|.*\`${name}[ \`]`, 'm'));
  }
});
