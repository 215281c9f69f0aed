import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, it, onTestFinished } from 'vitest';
import { listenLocally } from '../src/program/local-listener.ts';
import { startTestAgent } from './support/test-agent.ts';

/** A body of unknown length, as clients that stream send it. */
const chunked = (body: string): string =>
  `Transfer-Encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;

it('answers requests that give no length, as `curl -X POST` sends them', async () => {
  const { agent } = await startTestAgent();
  const folder = mkdtempSync(join(tmpdir(), 'agent-'));
  const path = join(folder, 'agent.sock');
  const listener = await listenLocally({ socket: path }, agent.fetch);
  onTestFinished(async () => {
    await listener.close();
    rmSync(folder, { recursive: true });
  });
  const answerTo = async (line: string, rest = '\r\n'): Promise<string> => {
    const socket = connect(path);
    socket.write(`${line} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${rest}`);
    return text(socket);
  };

  expect(await answerTo('POST /v1/users/ada/claim')).toMatch(/^HTTP\/1.1 200 .*"token":/s);
  expect(await answerTo('POST /v1/users/ada/claim', chunked('{"minToken":"x"}'))).toMatch(/ 400 .*minToken/s);
  expect(await answerTo('PUT /v1/pod', chunked('{"load":3}'))).toMatch(/^HTTP\/1.1 204 /);
  expect(await answerTo('PUT /v1/pod', chunked(' '.repeat(65_537)))).toMatch(/^HTTP\/1.1 413 .*65536 bytes/s);
  expect(await answerTo('DELETE /v1/users/ada')).toMatch(/^HTTP\/1.1 200 .*"released":true/s);
  expect(await answerTo('POST /v1/user/ada')).toMatch(/^HTTP\/1.1 404 /);
});
