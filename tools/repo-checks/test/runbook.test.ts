import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RedisSettings } from '@stateful-route/adapter-redis';
import { type LocatedPod, UNREACHABLE } from '@stateful-route/driver';
import { type RedisServer, startProxy, startRedis, startSentinel, until } from '@stateful-route/harness';
import { Redis } from 'ioredis';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { mustRun } from '../src/run-command.ts';
import { RunbookFleet } from './support/runbook-fleet.ts';
import { runbookSections, RunbookWalk, type WalkParts } from './support/runbook-walk.ts';
import { root } from '../src/workspace.ts';

const sections = runbookSections(readFileSync(join(root, 'docs/runbook.md'), 'utf8'));
const { groups } = parse(readFileSync(join(root, 'docs/alerts.yml'), 'utf8')) as {
  readonly groups: readonly { readonly rules: readonly Rule[] }[];
};
const rules = groups.flatMap((group) => group.rules);

interface Rule {
  readonly alert: string;
  readonly annotations: { readonly runbook?: string };
}

const anchorOf = (title: string): string => title.toLowerCase().replaceAll(' ', '-');
const bins = join(root, 'tools/repo-checks/node_modules/.bin');

/** What is started here, built as its users have it. */
beforeAll(async () => {
  const projects = ['routectl', 'agent'].map((name) => `packages/${name}/tsconfig.src.json`);
  await mustRun('node_modules/.bin/tsc', ['-b', ...projects], { cwd: root });
});

interface Scene {
  readonly fleet: RunbookFleet;
  readonly walk: RunbookWalk;
}

/** A fleet on a store, and a walk through a section beside it. */
function beginOn(
  settings: RedisSettings,
  title: string,
  parts: Pick<WalkParts, 'env' | 'options'>,
  leaseSeconds?: number,
): Scene {
  const section = sections.find((each) => each.title === title);
  if (!section) throw new Error(`docs/runbook.md has no section "${title}"`);
  const fleet = new RunbookFleet(settings, leaseSeconds);
  onTestFinished(() => fleet.stop());
  return { fleet, walk: new RunbookWalk(section, { path: bins, scrape: () => fleet.scrape(), ...parts }) };
}

/** The same on a Redis of its own. */
async function begin(
  title: string,
  leaseSeconds?: number,
): Promise<Scene & { readonly server: RedisServer }> {
  const server = await startRedis({ args: { appendonly: 'yes' } });
  onTestFinished(() => server.stop());
  const env = { STATEFUL_ROUTE_NAMESPACE: 'game', STATEFUL_ROUTE_REDIS: server.url };
  return { ...beginOn({ url: server.url }, title, { env }, leaseSeconds), server };
}

describe('docs/runbook.md', () => {
  it('users are refused', async () => {
    const { fleet, walk } = await begin('Users are refused');
    const sick = await fleet.pod(0);
    await fleet.pod(1);
    await sick.server.setServiceState('NOT_READY');
    await fleet.intend(1, 'cordon');
    const caller = await fleet.caller();
    const locate = (): Promise<unknown> => caller.service('room').locate('bob');
    await expect(locate()).rejects.toMatchObject({ code: 'SERVICE_NOT_READY' });
    await walk.to('routectl uncordon 1');
    await walk.to('routectl explain bob');
    expect(await locate()).toMatchObject({ podId: 1 });
    await walk.rest();
  });

  it('a pod is hot', async () => {
    const { fleet, walk } = await begin('A pod is hot');
    const [hot, cool] = [await fleet.pod(0), await fleet.pod(1)];
    const uids = Array.from({ length: 50 }, (_, at) => `user-${at}`);
    await fleet.place(0, uids.slice(0, 40), (uid) => hot.server.claim(uid));
    await fleet.place(1, uids.slice(40), (uid) => cool.server.claim(uid));
    await walk.to('routectl drain 0 --rate 5');
    await until('some users have left', () => hot.server.held().size < 38);
    await walk.to('routectl uncordon 0');
    await fleet.published(0, { routingState: 'READY' });
    await Promise.all(uids.filter((uid) => !hot.server.holds(uid)).map((uid) => cool.server.claim(uid)));
    await walk.rest();
    expect(hot.server.held().size).toBeGreaterThan(10);
  });

  it('a deploy hangs', async () => {
    const { fleet, walk } = await begin('A deploy hangs');
    const [, old] = [await fleet.pod(0), await fleet.pod(1)];
    await fleet.place(1, ['ada', 'bob', 'cyd'], (uid) => old.server.claim(uid));
    await fleet.intend(0, 'cordon');
    await fleet.intend(1, 'drain');
    await walk.rest();
    expect(old.server.held().size).toBe(0);
  });

  it('the store failed over', async () => {
    // The sentinels do not notice before they are told to look.
    const topology = await startSentinel({ downAfterMs: 60_000, args: { appendonly: 'yes' } });
    onTestFinished(() => topology.stop());
    const { name } = topology;
    const sentinels = topology.sentinels.map(({ host, port }) => `${host}:${port}`);
    const { fleet, walk } = beginOn({ sentinels, sentinelName: name }, 'The store failed over', {
      env: { STATEFUL_ROUTE_NAMESPACE: 'game' },
      options: `--sentinels ${sentinels.join(',')} --sentinel-name ${name}`,
    });
    const [pod] = [await fleet.pod(0), await fleet.pod(1)];
    const caller = await fleet.caller();
    await fleet.place(0, ['ada', 'bob', 'cyd'], (uid) => pod.server.claim(uid));
    const master = await topology.master();
    await master.kill();
    const locate = (): Promise<unknown> => caller.service('room').locate('dan');
    await expect(locate()).rejects.toMatchObject({ retryable: true });
    await walk.to('routectl status --call-timeout 1s');
    for (const at of topology.sentinels) {
      const sentinel = new Redis(at);
      await sentinel.call('SENTINEL', 'SET', name, 'down-after-milliseconds', '500');
      sentinel.disconnect();
    }
    await walk.to('routectl doctor');
    await until('a new user is placed', () => locate(), { everyMs: 100 });
    await walk.rest();
    expect([...pod.server.held()].toSorted()).toEqual(['ada', 'bob', 'cyd']);
  });

  it('the guard is on', async () => {
    // It stands from one lease to three after the last heartbeats: long enough to look at all that the page names.
    const { fleet, walk, server } = await begin('The guard is on', 6);
    const wire = await startProxy(server.host, server.port);
    onTestFinished(() => wire.stop());
    await fleet.pod(0);
    const [cut] = [await fleet.pod(1, { url: wire.url }), await fleet.pod(2, { url: wire.url })];
    await fleet.place(1, ['ada'], (uid) => cut.server.claim(uid));
    await fleet.caller();
    wire.blackhole();
    await walk.to('routectl explain ada');
    wire.pass();
    await walk.rest();
    expect(cut.server.holds('ada')).toBe(true);
  });

  it('a user is stuck', async () => {
    const { fleet, walk } = await begin('A user is stuck');
    const [sick] = [await fleet.pod(0), await fleet.pod(1)];
    await fleet.place(0, ['ada'], (uid) => sick.server.claim(uid));
    await sick.server.setServiceState('NOT_READY');
    const caller = await fleet.caller();
    const locate = (): Promise<unknown> => caller.service('room').locate('ada');
    await expect(locate()).rejects.toMatchObject({ code: 'POD_NOT_AVAILABLE' });
    await walk.rest();
    expect(await locate()).toMatchObject({ podId: 1 });
    await until('the pod is told', () => !sick.server.holds('ada'));
  });

  it('a node is lost', async () => {
    const { fleet, walk, server } = await begin('A node is lost');
    await fleet.pod(0);
    const lost = await startAgent(server.url, 1);
    await fleet.place(1, ['ada'], (uid) => lost.claim(uid));
    const caller = await fleet.caller();
    await lost.kill();
    const use = ({ podId }: LocatedPod) => (podId === 1 ? UNREACHABLE : podId);
    const served = caller.service('room').call('ada', use, { timeoutMs: 40_000 });
    await walk.to('routectl dead 1 --incarnation 1795802040913.Qw8zu_1LpNc4.0 --yes --as carol');
    await walk.rest();
    expect(await served).toBe(0);
  });
});

it.each([
  ['routectl --help', 'another text', '--help'],
  ['routectl explode # exit status 0', undefined, 'exit status 2'],
])('a walk finds that %j does not print %j', async (command, output, says) => {
  const text = output === undefined ? '' : `\n\`\`\`text\n${output}\n\`\`\`\n`;
  const [section] = runbookSections(`## A title\n\n\`\`\`sh\n${command}\n\`\`\`\n${text}`);
  const walk = new RunbookWalk(section!, { path: bins, env: {}, scrape: async () => '' });
  await expect(walk.rest()).rejects.toThrow(says);
});

/** The agent of a pod, in a process of its own. The lease does not end in a test. */
async function startAgent(
  url: string,
  ordinal: number,
): Promise<{ claim(uid: string): Promise<unknown>; kill(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'agent-'));
  const socketPath = join(folder, 'socket');
  const config = JSON.stringify({ heartbeatSeconds: 0.3, stateRefreshMs: 300, leaseSeconds: 600 });
  const place = ['--redis', url, '--namespace', 'game', '--service', 'room', '--ordinal', String(ordinal)];
  const own = ['--address', `10.0.0.${ordinal}:8080`, '--socket', socketPath, '--config', config];
  const child = spawn(join(bins, 'stateful-route-agent'), [...place, ...own], { stdio: 'ignore' });
  const ended = once(child, 'exit');
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
  };
  onTestFinished(async () => {
    await kill();
    rmSync(folder, { recursive: true });
  });
  const claims = (uid: string): Promise<boolean> =>
    new Promise((resolve, reject) => {
      const path = `/v1/users/${uid}/claim`;
      const asked = request(
        { socketPath, path, method: 'POST', headers: { host: 'localhost' } },
        (response) => {
          response.resume();
          resolve(response.statusCode === 200);
        },
      );
      asked.once('error', reject).end();
    });
  return { claim: (uid) => until(`the agent claims ${uid}`, () => claims(uid)), kill };
}

describe('the runbook of docs/alerts.yml', () => {
  it.each(rules)('$alert is a section that names the alert', ({ alert, annotations: { runbook } }) => {
    const named = sections.find(({ title }) => runbook === `runbook.md#${anchorOf(title)}`);
    expect(named?.text).toContain(`\`${alert}\``);
  });

  it('has an alert in each section, and none that is not there', () => {
    for (const { title, text } of sections) {
      const named = [...text.matchAll(/`(StatefulRoute\w+)`/g)].map(([, name]) => name);
      expect({ title, named: named.length > 0 }).toEqual({ title, named: true });
      expect(named.filter((name) => !rules.some(({ alert }) => alert === name))).toEqual([]);
    }
  });

  it('quotes what explain says', () => {
    const words = readFileSync(join(root, 'packages/driver/src/caller/explain-words.ts'), 'utf8');
    const stuck = sections.find(({ title }) => title === 'A user is stuck')!;
    const cells = [...stuck.text.matchAll(/^\| (`.*?) \|/gm)].map(([, cell = '']) => cell);
    const quoted = cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, quote = '']) => quote));
    expect(quoted.length).toBeGreaterThan(3);
    const said = words.replaceAll(/\$\{[^}]*\}/g, '…');
    expect(quoted.filter((quote) => !said.includes(quote.replace('ada', '…')))).toEqual([]);
  });
});
