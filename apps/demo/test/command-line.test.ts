import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Result } from '../src/report/result.ts';
import { runProgram } from '@stateful-route/lab/process';

const DEMO = 'apps/demo/src/main.ts';
const SLOW = 60_000;

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'demo-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('bad input', () => {
  it.each([
    [['--pods', '0'], '--pods'],
    [['--pods', '3', '--kill', '3'], 'no such pod'],
    [['--strategy', 'best'], '--strategy'],
    [['--log', 'missing'], 'The log missing cannot be read: there is no such file.'],
    [['--redis', 'redis://127.0.0.1:1'], 'The Redis at 127.0.0.1:1 cannot be used: '],
    [['--redis', 'redis://:canary@127.0.0.1:1'], 'The Redis at 127.0.0.1:1 cannot be used: '],
  ])(
    '%j is one line and a failure',
    async (args, said) => {
      const { status, out, err } = await runProgram(DEMO, args);
      expect(status).toBe(1);
      expect(out).toBe('');
      expect(err).toMatch(/^error: [^\n]+\n$/);
      expect(err).toContain(said);
      expect(err).not.toContain('canary');
    },
    SLOW,
  );

  it(
    'prints the options with --help',
    async () => {
      const { status, out } = await runProgram(DEMO, ['--help']);
      expect(status).toBe(0);
      expect(out).toContain('--redis <url>');
    },
    SLOW,
  );
});

describe('a log in memory', () => {
  it(
    'ends with one line of JSON, and reports malformed lines',
    async () => {
      const path = join(folder, 'some.txt');
      // A user comes every 70 s: a gateway still knows them.
      const line = (uid: number, minute: number, second: number): string =>
        `10.0.0.${uid} - - [17/May/2015:10:0${minute}:${second}0 +0000] "GET / HTTP/1.1" 200 1`;
      const lines = Array.from({ length: 50 }, (_, at) => line(at % 7, Math.floor(at / 6), at % 6));
      lines.splice(10, 0, 'garbage');
      await writeFile(path, lines.join('\n'));
      const { status, out, err } = await runProgram(DEMO, [
        '--log',
        path,
        '--pods',
        '3',
        '--drain',
        '0',
        '--kill',
        '2',
        '--json',
      ]);
      expect(err).toBe(
        'line 11 of the log is not a request: it has no address, two fields and a time in brackets\n',
      );
      const result = JSON.parse(out.trimEnd().split('\n').at(-1)!) as Result;
      expect(Object.keys(result)).toEqual([
        'requests',
        'users',
        'served',
        'failed',
        'misroutes',
        'doubleOwners',
        'relinked',
        'malformed',
        'pods',
        'roundTrips',
        'seconds',
        'seed',
      ]);
      expect(result).toMatchObject({
        requests: 50,
        users: 7,
        served: 50,
        failed: 0,
        misroutes: 0,
        doubleOwners: 0,
        malformed: 1,
        roundTrips: { perFirstRoute: 1, perRepeat: 0 },
      });
      expect(out).toContain('2015-05-17 10:00:00  10.0.0.0 -> pod ');
      expect(status).toBe(0);
    },
    SLOW,
  );

  it(
    'ends without traffic if it is empty',
    async () => {
      const path = join(folder, 'empty.txt');
      await writeFile(path, '');
      const { status, out } = await runProgram(DEMO, ['--log', path, '--json']);
      const result = JSON.parse(out.trimEnd().split('\n').at(-1)!) as Result;
      expect(result).toMatchObject({ requests: 0, roundTrips: { perFirstRoute: null, perRepeat: null } });
      expect(status).toBe(0);
    },
    SLOW,
  );
});
