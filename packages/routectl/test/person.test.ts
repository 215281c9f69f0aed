import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { startAclRedis, startSentinel, until } from '@stateful-route/harness';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Fleet, type Servers, standalone } from './support/fleet.ts';
import { run, runOnTerminal, start } from './support/routectl.ts';

const folder = mkdtempSync(join(tmpdir(), 'routectl-'));
let servers: Servers;
let fleet: Fleet;
beforeAll(async () => {
  servers = await standalone();
});
beforeEach(() => {
  fleet = new Fleet(servers);
});
afterEach(() => fleet.stop());
afterAll(async () => {
  await servers.stop();
  rmSync(folder, { recursive: true });
});

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

// oxlint-disable-next-line no-control-regex -- these are the codes of a terminal
const COLOUR = /\u001b\[\d+m/;
// oxlint-disable-next-line no-control-regex -- these are the codes of a terminal
const CODES = /\u001b\[[\d;]*[A-Za-z]/g;

describe('on a terminal', () => {
  it('lines fit a narrow one, the pods and their status first', async () => {
    await fleet.pod(0);
    for (const columns of [24, 40, 60, 200]) {
      const { status, out } = await runOnTerminal(columns, fleet.args('pods'));
      const lines = out.replaceAll('\r', '').replaceAll(CODES, '').trimEnd().split('\n');
      expect(status).toBe(0);
      expect(lines).toHaveLength(2);
      for (const line of lines) expect(line.length).toBeLessThanOrEqual(columns);
      expect(lines[0]).toMatch(/^POD {2}STATUS/);
      expect(lines[1]).toMatch(/^ {2}0 {2}routable/);
      expect(lines[0]!.includes('INCARNATION')).toBe(columns === 200);
    }
  });

  it('tables of every command fit a narrow one', async () => {
    const pod = await fleet.pod(0, { address: 'room-0.room.game.svc.cluster.local:8080' });
    await pod.server.claim('a-user-whose-name-is-as-long-as-a-uuid-is');
    await fleet.published(0, { users: 1 });
    const uid = 'a-user-whose-name-is-as-long-as-a-uuid-is';
    const commands = [['status'], ['users', '0'], ['where', uid], ['explain', uid], ['verify']];
    for (const command of commands) {
      const { status, out } = await runOnTerminal(40, fleet.args(...command));
      expect(status).toBe(0);
      const lines = out.replaceAll(CODES, '').split(/[\r\n]+/);
      const table = lines.slice(lines.findIndex((line) => /^[A-Z]{3,}[A-Z …]*$/.test(line))).slice(0, 2);
      expect(table).toHaveLength(2);
      for (const line of table) expect([line, line.length <= 40]).toEqual([line, true]);
    }
  });

  it('has colours there only, and none if NO_COLOR is set', async () => {
    await fleet.pod(0);
    expect((await runOnTerminal(80, fleet.args('pods'))).out).toMatch(COLOUR);
    expect((await runOnTerminal(80, fleet.args('pods'), { env: { NO_COLOR: '1' } })).out).not.toMatch(COLOUR);
    expect((await fleet.routectl('pods')).out).not.toMatch(COLOUR);
    expect((await runOnTerminal(80, fleet.args('pods', '--json'))).out).not.toMatch(COLOUR);
  });

  it('shows progress there only', async () => {
    const pod = await fleet.pod(0);
    await pod.server.claim('ada');
    const shown = await runOnTerminal(80, fleet.args('users', '0'));
    expect(shown.out).toMatch(/[█░]+ \d+\/\d+ keys/);
    expect(await fleet.routectl('users', '0')).toMatchObject({ err: '' });
  });

  it('asks before a process is said to be dead', async () => {
    await fleet.pod(0);
    const { incarnation } = await fleet.json<{ incarnation: string }>('pod', '0');
    const args = fleet.args('dead', '0', '--incarnation', incarnation);
    const refused = await runOnTerminal(200, args, { input: 'no' });
    expect(refused.status).toBe(7);
    expect(refused.out).toContain('Its lease still runs');
    expect(await fleet.json('pod', '0')).toMatchObject({ status: 'routable' });
    const confirmed = await runOnTerminal(200, args, { input: 'yes' });
    expect(confirmed.status).toBe(0);
    expect(confirmed.out).toContain('The lease of room-0 is over');
  });

  it('does nothing that others wrote', async () => {
    await fleet.pod(0, { address: 'evil\u001b[2Jhost\u0007:1' });
    const { out } = await runOnTerminal(200, fleet.args('pods'));
    expect(out).toContain('evil\u{fffd}[2Jhost\u{fffd}:1');
    // As JSON they are escaped.
    expect(await fleet.json('pod', '0')).toMatchObject({ address: 'evil\u001b[2Jhost\u0007:1' });
  });
});

it('a pipe that is closed early ends the command quietly', async () => {
  const pod = await fleet.pod(0);
  for (let at = 0; at < 1_000; at++) await pod.server.claim(`user-${at}-${'x'.repeat(200)}`);
  const listing = start(fleet.args('users', '0'));
  listing.child.stdout!.destroy();
  const { status, err } = await listing.ended();
  expect({ status, err }).toEqual({ status: 141, err: '' });
});

it('a pipe that is closed while events are followed ends the command with the next one', async () => {
  await fleet.pod(0);
  const following = start(fleet.args('events', '-f'));
  await until('the past', () => following.out.includes('started'));
  following.child.stdout!.destroy();
  await fleet.routectl('cordon', '0');
  expect(await following.ended()).toMatchObject({ status: 141, err: '' });
});

it('pods -w shows changes until it is interrupted', async () => {
  await fleet.pod(0);
  const watching = start(fleet.args('pods', '-w', '--json'));
  await until('the first reading', () => watching.out.includes('\n'));
  await fleet.routectl('cordon', '0');
  await until('the change', () => watching.out.includes('"status":"draining"'));
  watching.child.kill('SIGINT');
  const { status, out, err } = await watching.ended();
  expect([status, err]).toEqual([130, '']);
  const readings = out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { pods: { status: string }[] });
  expect(readings[0]!.pods[0]!.status).toBe('routable');
});

describe('no store', () => {
  it.each([
    ['a port that nobody listens at', ['--redis', 'redis://127.0.0.1:1'], /ECONNREFUSED/],
    ['a host that is unknown', ['--redis', 'redis://nowhere.invalid:6379'], /ENOTFOUND|EAI_AGAIN/],
    ['a Cluster that is away', ['--cluster', '127.0.0.1:1'], /ECONNREFUSED/],
    ['Sentinels that are away', ['--sentinels', '127.0.0.1:1', '--sentinel-name', 'main'], /ECONNREFUSED/],
  ])('%s: status 3, and why', async (_, flags, why) => {
    const { status, out, err } = await run(['status', '-n', 'game', ...flags]);
    expect([status, out]).toEqual([3, '']);
    expect(err).toMatch(why);
    expect(err).toMatch(/^error: .*\n$/);
  });

  it('every command says so', async () => {
    const flags = ['-n', 'game', '-s', 'room', '--redis', 'redis://127.0.0.1:1'];
    for (const command of [...looks, ...writes]) {
      const { status, out, err } = await run([...command, ...flags]);
      expect([command, status, out]).toEqual([command, 3, '']);
      expect(err).toMatch(/ECONNREFUSED.*\n$/);
    }
    // It is what the command is there to find.
    const { status, out } = await run(['doctor', ...flags]);
    expect(status).toBe(5);
    expect(out).toMatch(/^bad {3}connection {2}failed\n.*ECONNREFUSED/);
  });

  it('as JSON it is on the output, too', async () => {
    const { status, out } = await run(['status', '-n', 'game', '--redis', 'redis://127.0.0.1:1', '--json']);
    expect(status).toBe(3);
    expect(JSON.parse(out)).toMatchObject({ error: { code: 'STORE_ERROR', status: 3 } });
  });
});

describe('settings', () => {
  it('come from the environment, or from the file of the gateway', async () => {
    await fleet.pod(0);
    const { url } = servers.settings;
    const env = { REDIS_URL: url!, STATEFUL_ROUTE_NAMESPACE: fleet.namespace };
    expect(await run(['pods'], env)).toMatchObject({ status: 0 });
    const gateway = file(
      'gateway.yaml',
      `namespace: ${fleet.namespace}\nredis: { url: "${url}" }\nservices: [{ name: room }]\n`,
    );
    expect(await run(['pods', '-c', gateway])).toMatchObject({ status: 0 });
    expect(await run(['pods', '-c', gateway, '-n', 'other'], env)).toMatchObject({ status: 4 });
  });

  it('name Sentinels, and a user with a password in a file', async () => {
    const sentinel = await startSentinel();
    const own = await startAclRedis({ rules: ['~*', '&*', '+@all'] });
    try {
      const sentinels = sentinel.sentinels.map(({ host, port }) => `${host}:${port}`).join(',');
      const behind = ['--sentinels', sentinels, '--sentinel-name', sentinel.name];
      expect(await run(['status', '-n', 'game', ...behind])).toMatchObject({
        status: 0,
        out: 'The namespace game has no service.\n',
      });
      const login = ['--username', 'stateful-route', '--password-file', file('password', 'only-a-test\n')];
      const address = ['--redis', `redis://${own.host}:${own.port}`];
      expect(await run(['status', '-n', 'game', ...address, ...login])).toMatchObject({ status: 0 });
      const wrong = await run([
        'status',
        '-n',
        'game',
        ...address,
        ...login.slice(0, 3),
        file('wrong', 'a-secret'),
      ]);
      expect(wrong.status).toBe(3);
      expect(wrong.err).not.toContain('a-secret');
    } finally {
      await Promise.all([sentinel.stop(), own.stop()]);
    }
  });

  it.each([
    ['nothing', ['status'], 'error: --namespace: must be given'],
    ['no store', ['status', '-n', 'game'], 'error: the store (--redis, --cluster'],
    [
      'two stores',
      ['status', '-n', 'game', '--redis', 'redis://a', '--cluster', 'a:1'],
      'exactly one of url, cluster, sentinels',
    ],
    ['a node without a port', ['status', '-n', 'game', '--cluster', 'a:1,b'], 'cluster.1: must be HOST:PORT'],
    ['an unknown command', ['stauts'], "unknown command 'stauts'"],
    ['an unknown option', ['pods', '--wach'], "unknown option '--wach'"],
    ['a pod that is none', ['pod', 'x'], 'It must be an ordinal'],
    ['a condition that is none', ['await', '3', 'gone'], 'Allowed choices are drained, safe-to-stop'],
    ['a time that is none', ['await', '3', 'drained', '--timeout', 'soon'], 'It must be a duration'],
    ['a dead process without a name', ['dead', '3'], "required option '--incarnation <id>' not specified"],
    ['a move without a pod', ['move', 'ada'], "missing required argument 'pod'"],
    ['a file that is not there', ['status', '-c', '/none.yaml'], '/none.yaml: cannot be read (ENOENT)'],
    ['a namespace that is none', ['status', '-n', 'a b', '--redis', 'redis://127.0.0.1:1'], 'namespace'],
  ])('are refused with status 2: %s', async (_, args, why) => {
    const { status, out, err } = await run(args);
    expect([status, out]).toEqual([2, '']);
    expect(err).toContain(why);
    expect(err).not.toMatch(/\n\s+at /);
  });
});

describe('rights', () => {
  it('--read-only refuses what changes something, before anything is sent', async () => {
    const flags = ['--read-only', '-n', 'game', '--redis', 'redis://127.0.0.1:1'];
    for (const write of writes) {
      expect(await run([...write, ...flags])).toEqual({
        status: 7,
        out: '',
        err: `error: ${write[0]} changes something, which --read-only forbids.\n`,
      });
    }
    const pod = await fleet.pod(0);
    await pod.server.claim('ada');
    await fleet.published(0, { users: 1 });
    await fleet.pod(1);
    for (const read of [...looks, ['doctor'], ['reap']]) {
      const ended = await fleet.routectl(...read, '--read-only');
      expect([read, ended]).toMatchObject([read, { status: 0 }]);
    }
  });

  it('a user who may only read can look, and is told what is refused', async () => {
    const server = await startAclRedis({ rules: ['~sf:{*', '&sf:{*', ...readRights] });
    const settings = { url: `redis://harness:harness@${server.host}:${server.port}` };
    const own = new Fleet({ ...servers, settings, flags: ['--redis', server.url], redis: server.client });
    try {
      const at = (...args: string[]) => own.routectl(...args);
      const [pod] = await Promise.all([own.pod(0), own.pod(1)]);
      await pod.server.claim('ada');
      await own.published(0, { users: 1 });
      for (const read of [...looks, ['reap']]) {
        expect([read, await at(...read)]).toMatchObject([read, { status: 0, err: '' }]);
      }
      expect(await at('doctor', '--read-only')).toMatchObject({ status: 0, err: '' });
      const doctor = await at('doctor');
      expect(doctor.status).toBe(5);
      expect(doctor.out).toContain('may not run set, expire');
      for (const write of [
        ['cordon', '0'],
        ['kick', 'ada'],
      ]) {
        const { status, out, err } = await at(...write);
        expect([status, out]).toEqual([3, '']);
        // Redis and Valkey have words of their own for it.
        expect(err).toMatch(/^error: .*(NOPERM|can't run this command|has no permissions)/);
      }
    } finally {
      await own.stop();
      await server.stop();
    }
  });
});

/** Every command that changes something. */
const writes = [
  ['cordon', '3'],
  ['uncordon', '3'],
  ['drain', '3'],
  ['move', 'ada', '2'],
  ['pin', 'ada', '2'],
  ['unpin', 'ada'],
  ['unquarantine', 'ada'],
  ['freeze'],
  ['unfreeze'],
  ['rebalance'],
  ['scale-in', '1'],
  ['unlink', 'ada'],
  ['kick', 'ada'],
  ['dead', '3', '--incarnation', 'x', '--yes'],
  ['reap', '--apply'],
];

/** Every command that only looks, but `doctor`. */
const looks = [
  ['status'],
  ['pods'],
  ['pod', '0'],
  ['users', '0'],
  ['where', 'ada'],
  ['explain', 'ada', '--not', '1'],
  ['events'],
  ['await', '1', 'safe-to-stop'],
  ['verify'],
];

/** What the README says that a user who only looks needs. */
const readRights =
  '+get +mget +exists +pttl +hget +hgetall +hkeys +hlen +hexists +hscan +scan +lrange +zcard +zcount +zscore +xlen +xrange +xrevrange +time +eval +evalsha +subscribe +unsubscribe +ping +info +client|setname'.split(
    ' ',
  );

it('acts in the name of the user of the system, or in the one that is given', async () => {
  const { kill } = await fleet.mortal(0);
  const { incarnation } = await fleet.json<{ incarnation: string }>('pod', '0');
  await kill();
  const args = ['dead', '0', '--incarnation', incarnation, '--yes'];
  expect(await fleet.json(...args)).toMatchObject({ by: userInfo().username });
  expect(await fleet.json(...args, '--as', 'carol')).toMatchObject({ by: 'carol' });
});
