import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readLog } from '@stateful-route/lab/log';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'read-log-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

async function logOf(...lines: readonly string[]): Promise<string> {
  const path = join(folder, 'access.log');
  await writeFile(path, lines.join('\n'));
  return path;
}

describe('a log', () => {
  it('gives the address and the time of each request, in Common and in Combined Log Format', async () => {
    const path = await logOf(
      '83.149.9.216 - - [17/May/2015:10:05:03 +0000] "GET / HTTP/1.1" 200 203023 "http://a.example/" "Mozilla"',
      '10.0.0.1 - ada lovelace [17/May/2015:12:05:04 +0200] "GET /\\"x\\" HTTP/1.1" 304 -\r',
    );
    expect(await readLog(path)).toEqual([
      { uid: '83.149.9.216', time: Date.UTC(2015, 4, 17, 10, 5, 3) },
      { uid: '10.0.0.1', time: Date.UTC(2015, 4, 17, 10, 5, 4) },
    ]);
  });

  it('is ordered by time', async () => {
    const at = (second: string, host: string): string =>
      `${host} - - [17/May/2015:10:05:${second} +0000] "GET / HTTP/1.1" 200 1`;
    const requests = await readLog(await logOf(at('09', 'c'), at('01', 'a'), at('04', 'b')));
    expect(requests.map(({ uid }) => uid)).toEqual(['a', 'b', 'c']);
  });

  it('skips malformed lines', async () => {
    const path = await logOf(
      '',
      'what is this',
      'a - - [17/May/2015:10:05:03 +0000]',
      'a - - [17/Foo/2015:10:05:03 +0000] "GET / HTTP/1.1" 200 1',
      'a - - [17/May/2015:27:05:03 +0000] "GET / HTTP/1.1" 200 1',
      'a - - [17/May/2015:10:05:03 +0000] "GET / HTTP/1.1" none 1',
      '{a} - - [17/May/2015:10:05:03 +0000] "GET / HTTP/1.1" 200 1',
      'good - - [17/May/2015:10:05:03 +0000] "GET / HTTP/1.1" 200 1',
      'cut - - [17/May/2015:10:05:03 +0000] "GET /',
    );
    expect((await readLog(path)).map(({ uid }) => uid)).toEqual(['good']);
  });

  it('that does not exist is an error', async () => {
    await expect(readLog(join(folder, 'none'))).rejects.toThrow('ENOENT');
  });
});
