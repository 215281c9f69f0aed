import { PERSIST_FOREVER } from '@stateful-route/core';
import { startAclRedis } from '@stateful-route/harness';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Fleet, type Servers, standalone } from './support/fleet.ts';
import { run } from './support/routectl.ts';

interface Finding {
  readonly level: string;
  readonly subject: string;
  readonly problem: string;
}

interface Checked {
  readonly ok: boolean;
  readonly checks: readonly { readonly name: string; readonly findings: readonly Finding[] }[];
}

let servers: Servers;
let fleet: Fleet;
beforeAll(async () => {
  servers = await standalone();
});
beforeEach(async () => {
  fleet = new Fleet(servers);
  const [pod] = await Promise.all([fleet.pod(0), fleet.pod(1)]);
  await pod.server.claim('ada');
  await fleet.published(0, { users: 1 });
});
afterEach(() => fleet.stop());
afterAll(() => servers.stop());

/** Plants a fault by commands. `{}` in a key stands for what is common to all keys of the namespace. */
async function plant(...commands: readonly (readonly [string, ...string[]])[]): Promise<void> {
  for (const [command, ...args] of commands) {
    await servers.redis.call(command, ...args.map((arg) => arg.replace('{}', `sf:{${fleet.namespace}`)));
  }
}

/** Runs a check, and finds exactly one fault. */
async function expectFinding(
  command: 'doctor' | 'verify',
  check: string,
  subject: string,
  problem: string,
): Promise<void> {
  const result = await fleet.json<Checked>(command);
  expect(result).toMatchObject({ exit: 5, ok: false });
  const all = result.checks.flatMap(({ name, findings }) =>
    findings.map((finding) => ({ name, ...finding })),
  );
  expect(all).toHaveLength(1);
  const [{ name, subject: about, problem: found }] = all as [{ name: string } & Finding];
  expect([name, about]).toEqual([check, subject.replace('{}', `sf:{${fleet.namespace}`)]);
  expect(found).toContain(problem);
  const text = await fleet.routectl(command);
  expect(text.status).toBe(5);
  expect(text.out).toMatch(new RegExp(`\\n(?:bad |warn) +${check}`));
  expect(text.out).toContain(problem);
}

describe('doctor finds', () => {
  it('a server that evicts keys', async () => {
    await servers.redis.call('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru');
    try {
      await expectFinding(
        'doctor',
        'memory',
        new URL(servers.settings.url!).host,
        'maxmemory-policy allkeys-lru',
      );
    } finally {
      await servers.redis.call('CONFIG', 'SET', 'maxmemory-policy', 'noeviction');
    }
  });

  it('a server that keeps nothing on disk', async () => {
    await servers.redis.call('CONFIG', 'SET', 'appendonly', 'no');
    try {
      await expectFinding(
        'doctor',
        'persistence',
        new URL(servers.settings.url!).host,
        'it keeps nothing on disk',
      );
    } finally {
      await servers.redis.call('CONFIG', 'SET', 'appendonly', 'yes');
    }
  });

  it('a key of a wrong type', async () => {
    await plant(['SET', '{}:workload:lobby}', 'READY'], ['LPUSH', '{}:lk:bob}', 'x']);
    await expectFinding('doctor', 'keys', '{}:lk:bob}', 'is no hash');
  });

  it('details of a pod that cannot be read', async () => {
    await plant(['HSET', '{}:state:room}:info', '7', '{"state":']);
    await expectFinding('doctor', 'keys', '{}:state:room}:info', 'has details of pod 7 that cannot be read');
  });

  it('a link to no pod', async () => {
    await plant(['SET', '{}:lk:bob}room', '-1']);
    await expectFinding('doctor', 'keys', '{}:lk:bob}room', 'is a link to no podId');
  });

  it('a word that is no intent', async () => {
    await plant(['HSET', '{}:state:room}:intent', '1', 'Drain']);
    await expectFinding('doctor', 'keys', '{}:state:room}:intent', "has 'Drain' for pod 1");
  });

  it("a ghost of the older sides' pods", async () => {
    await plant(['HSET', '{}:state:room}', '9', 'READY']);
    await expectFinding('doctor', 'pods', 'room-9', 'it is known by the word READY alone');
  });

  it('a store whose clock went back', async () => {
    const key = `sf:{${fleet.namespace}:state:room}:info`;
    const stored = JSON.parse((await servers.redis.hget(key, '0'))!) as {
      updateTime: number;
      incarnation: string;
    };
    const ahead = { ...stored, updateTime: stored.updateTime + 60_000 };
    await plant(
      ['HSET', '{}:state:room}', '5', 'READY'],
      ['HSET', '{}:state:room}:info', '5', JSON.stringify(ahead)],
    );
    await expectFinding('doctor', 'pods', 'room-5', 'in the future');
  });
});

it('doctor finds a right that is missing', async () => {
  const server = await startAclRedis({ rules: ['~*', '&*', '+@all', '-hincrby', '-config'] });
  try {
    const args = ['doctor', '--json', '--redis', server.url, '--namespace', 'game'];
    const { status, out } = await run(args);
    expect(status).toBe(5);
    const { checks } = JSON.parse(out) as Checked;
    expect(checks.flatMap(({ findings }) => findings)).toMatchObject([{ problem: 'may not run hincrby' }]);
  } finally {
    await server.stop();
  }
});

it('doctor finds that no connection can be made, and says why', async () => {
  const { status, out } = await run(['doctor', '--json', '--redis', 'redis://127.0.0.1:1', '-n', 'game']);
  expect(status).toBe(5);
  expect(JSON.parse(out)).toMatchObject({
    ok: false,
    checks: [
      {
        name: 'connection',
        findings: [{ subject: '127.0.0.1:1', problem: expect.stringContaining('ECONNREFUSED') }],
      },
    ],
  });
});

describe('verify finds', () => {
  const { stateful } = { stateful: () => fleet.store.executors.stateful };

  it('a claim that its pod does not hold', async () => {
    const { pods } = await stateful().getServiceState(fleet.namespace, 'room');
    const { incarnation } = pods.get(1)!;
    await stateful().trySetLinkedPod(fleet.namespace, 'bob', 'room', 1, PERSIST_FOREVER, {
      incarnation,
      leaseMs: 3_000,
    });
    await expectFinding('verify', 'room', 'room-1', '1 claim more than it has users');
  });

  it('a pod that publishes users without claims', async () => {
    const report = {
      state: 'READY',
      routingState: 'READY',
      loadState: 3,
      incarnation: '1.planted.0',
      seq: 0,
      beatenBefore: false,
      leaseMs: 600_000,
      updatePeriodMs: 100,
      users: 3,
    } as const;
    await stateful().setServiceState(fleet.namespace, 'room', 4, report);
    await expectFinding('verify', 'room', 'room-4', '3 users more than it has claims');
  });

  it('claims of processes that are gone', async () => {
    const { incarnation } = (await stateful().getServiceState(fleet.namespace, 'room')).pods.get(1)!;
    const earlier = `1${incarnation!.slice(incarnation!.indexOf('.')).replace(/\.[^.]+\./, '.earlier.')}`;
    const owner = { incarnation: earlier, leaseMs: 3_000 };
    await stateful().trySetLinkedPod(fleet.namespace, 'bob', 'room', 1, PERSIST_FOREVER, owner);
    await expectFinding('verify', 'room', '1 claim', 'by processes that are gone: bob');
  });

  it("a list of a user's claims that contradicts the link", async () => {
    await plant(['HSET', '{}:lk:eve}', 'room', '1']);
    await expectFinding(
      'verify',
      'keys of users',
      'eve of room',
      "the list of the user's claims names pod 1, but the link is gone",
    );
  });
});
