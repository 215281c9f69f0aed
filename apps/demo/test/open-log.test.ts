import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DemoError } from '../src/cli/demo-error.ts';
import { MalformedLines } from '../src/report/malformed-lines.ts';
import type { Arrival } from '../src/traffic/arrival.ts';
import { openLog } from '../src/traffic/open-log.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'demo-log-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function read(content: string | Buffer): Promise<{ arrivals: Arrival[]; problems: string[] }> {
  const path = join(folder, `${Math.random()}.txt`);
  await writeFile(path, content);
  const log = await openLog(path);
  const arrivals: Arrival[] = [];
  const problems: string[] = [];
  for await (const arrival of log.arrivals((line, problem) => problems.push(`${line}: ${problem}`))) {
    arrivals.push(arrival);
  }
  await log.close();
  return { arrivals, problems };
}

const lineOf = (uid: string): string => `${uid} - - [17/May/2015:10:05:03 +0000] "GET / HTTP/1.1" 200 1`;

describe('openLog', () => {
  it('continues after malformed lines, and reports them', async () => {
    const content = [lineOf('ada'), 'garbage', '', lineOf('bob'), '{x} - - [', lineOf('ada')].join('\n');
    const { arrivals, problems } = await read(content);
    expect(arrivals.map(({ uid }) => uid)).toEqual(['ada', 'bob', 'ada']);
    expect(problems.map((problem) => problem.split(':')[0])).toEqual(['2', '3', '5']);
    expect(arrivals.at(-1)?.progress).toBe(1);
    expect(arrivals[0]?.progress).toBeLessThan(0.5);
  });

  it('reads bytes that are not text', async () => {
    const { arrivals, problems } = await read(
      Buffer.concat([Buffer.from([0, 0xff, 0xfe, 10]), Buffer.from(lineOf('ada'))]),
    );
    expect(arrivals).toHaveLength(1);
    expect(problems).toHaveLength(1);
  });

  it('reads an empty file', async () => {
    expect(await read('')).toEqual({ arrivals: [], problems: [] });
  });

  it.each([
    ['missing', 'there is no such file'],
    ['.', 'it is a directory'],
  ])('says why %s cannot be read', async (name, reason) => {
    const opening = openLog(join(folder, name));
    await expect(opening).rejects.toThrow(reason);
    await expect(opening).rejects.toBeInstanceOf(DemoError);
  });
});

describe('MalformedLines', () => {
  it('reports the first ones and counts all', () => {
    const warnings: string[] = [];
    const malformed = new MalformedLines((line) => warnings.push(line));
    for (let line = 1; line <= 12; line++) malformed.note(line, 'it is empty');
    malformed.end();
    expect(malformed.count).toBe(12);
    expect(warnings).toHaveLength(6);
    expect(warnings[0]).toBe('line 1 of the log is not a request: it is empty');
    expect(warnings[5]).toBe('7 more lines of the log are not requests');
  });
});
