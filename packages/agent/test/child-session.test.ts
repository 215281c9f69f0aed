import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemClock } from '@stateful-route/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ChildSession } from '../src/child/child-session.ts';
import { ProcessTable } from '../src/child/process-table.ts';
import { SupervisedChild } from '../src/child/supervised-child.ts';

const FAMILY = fileURLToPath(new URL('support/family.py', import.meta.url));
const PROOF_MS = 5_000;

const table = new ProcessTable();
let folder: string;
let child: SupervisedChild | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'family-'));
});

afterEach(async () => {
  child?.signal('SIGKILL');
  await child?.endSession(PROOF_MS);
  child = undefined;
  rmSync(folder, { recursive: true });
});

/** Starts a family. Resolves when it is complete, with the ids of its processes. */
async function start(kind: string): Promise<{ child: SupervisedChild; pids: readonly number[] }> {
  const file = join(folder, 'pids');
  child = await SupervisedChild.start({
    command: ['python3', FAMILY, kind, file],
    env: process.env,
    clock: systemClock,
  });
  const lines = (): string[] => (existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : []);
  await expect.poll(() => lines().includes('ready'), { interval: 10 }).toBe(true);
  const pids = lines()
    .filter((line) => line !== 'ready')
    .map(Number);
  return { child, pids };
}

function isAlive(pid: number): boolean {
  const entry = table.read(pid);
  return typeof entry === 'object' && entry.isAlive;
}

/** A session that only looks. */
function sessionOf({ pid }: SupervisedChild): ChildSession {
  const environ = readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0');
  const variable = environ.find((each) => each.startsWith('STATEFUL_ROUTE_CHILD='))!;
  return new ChildSession(table, { leader: pid, variable });
}

describe.skipIf(process.platform !== 'linux')("a child's session", () => {
  it.each([
    ['alone', 1],
    ['grandchild', 2],
    ['grandchildren', 5],
    ['daemon', 2],
    ['own-group', 2],
    ['stopped', 2],
    ['zombie', 2],
    ['threads-alone', 2],
    ['storm', 2],
    ['leaving-storm', 2],
    ['vforks', 3],
  ])('is ended and found gone: %s', async (kind, count) => {
    const { child, pids } = await start(kind);
    expect(pids).toHaveLength(count);
    child.signal('SIGKILL');
    expect(await child.ended).toBe(128 + 9);
    expect(await child.endSession(PROOF_MS)).toBe(true);
    expect(pids.filter(isAlive)).toEqual([]);
  });

  it.each([
    'grandchild',
    'daemon',
    'own-group',
    'stopped',
    'threads-alone',
    'storm',
    'leaving-storm',
    'vforks',
  ])('is never found gone while it lives: %s', async (kind) => {
    const { child } = await start(kind);
    const session = sessionOf(child);
    // The child itself is dead: what is left is what it has started.
    child.signal('SIGKILL');
    await child.ended;
    let gone = 0;
    for (let looks = 0; looks < 100; looks++) {
      const { alive, unknown } = session.remains();
      if (alive.length + unknown.length === 0) gone += 1;
    }
    expect(gone).toBe(0);
  });

  it('does not count a zombie, and counts a process whose first thread has ended', async () => {
    const { child, pids } = await start('threads-alone');
    child.signal('SIGKILL');
    await child.ended;
    const other = pids.find((pid) => pid !== child.pid)!;
    expect(readFileSync(`/proc/${other}/stat`, 'latin1')).toContain(') Z ');
    expect(sessionOfPid(child, other).remains().alive).toEqual([other]);
  });

  it('is the exit status of the child, or 128 and its signal', async () => {
    const run = async (script: string): Promise<number> => {
      child = await SupervisedChild.start({
        command: ['sh', '-c', script],
        env: process.env,
        clock: systemClock,
      });
      return child.ended;
    };
    expect(await run('exit 0')).toBe(0);
    expect(await run('exit 7')).toBe(7);
    expect(await run('kill -TERM $$')).toBe(143);
  });

  it('rejects for a program that is not there', async () => {
    const starting = SupervisedChild.start({ command: ['/no/such/program'], env: {}, clock: systemClock });
    await expect(starting).rejects.toThrow('ENOENT');
  });

  it('proves nothing where /proc cannot be trusted', async () => {
    child = await SupervisedChild.start({
      command: ['sleep', '60'],
      env: process.env,
      clock: systemClock,
      table: new ProcessTable(folder),
    });
    expect(child.unprovable).toContain('/proc cannot be read');
    // It is killed all the same.
    expect(await child.endSession(PROOF_MS)).toBe(false);
    expect(await child.ended).toBe(128 + 9);
  });
});

function sessionOfPid(child: SupervisedChild, pid: number): ChildSession {
  const entry = table.read(pid);
  if (typeof entry !== 'object') throw new Error('It is gone.');
  return new ChildSession(table, { leader: child.pid, variable: 'STATEFUL_ROUTE_CHILD=none' });
}
