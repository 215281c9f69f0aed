import { once } from 'node:events';
import { createServer, get, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import { bareProxy } from '../src/proxies/bare-proxy.ts';
import { listening } from '../src/proxies/listening.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

/** The origin of a bare proxy before a server with this listener. */
async function proxied(listener: (...args: Parameters<RequestListener>) => unknown): Promise<string> {
  const server = createServer((request, response) => void listener(request, response));
  const proxy = createServer(bareProxy(`http://${await listening(server)}`));
  servers.push(server, proxy);
  return `http://${await listening(proxy)}`;
}

describe('the bare proxy', () => {
  it('sends a request on, and its answer back', async () => {
    const origin = await proxied(async (request, response) => {
      const { method, url, headers } = request;
      response.writeHead(201, { 'x-answer': 'yes', connection: 'close' });
      response.end(JSON.stringify({ method, url, user: headers['x-user'], body: await text(request) }));
    });
    const answer = await fetch(`${origin}/visits?of=ada`, {
      method: 'POST',
      headers: { 'x-user': 'ada' },
      body: 'hello',
    });
    expect(answer.status).toBe(201);
    expect(answer.headers.get('x-answer')).toBe('yes');
    expect(answer.headers.get('connection')).not.toBe('close');
    expect(await answer.json()).toEqual({
      method: 'POST',
      url: '/visits?of=ada',
      user: 'ada',
      body: 'hello',
    });
  });

  it('sends a long answer on whole, as fast as it is read', async () => {
    const chunk = 'x'.repeat(65_536);
    const origin = await proxied((_request, response) => {
      for (let at = 0; at < 64; at++) response.write(chunk);
      response.end();
    });
    expect(await text((await fetch(origin)).body!)).toHaveLength(64 * chunk.length);
  });

  it('ends the connection of a client whose answer breaks off', async () => {
    const origin = await proxied((request, response) => {
      response.writeHead(200, { 'content-length': 100 });
      response.write('x', () => request.socket.destroy());
    });
    await expect(fetch(origin).then((answer) => answer.text())).rejects.toThrow('terminated');
  });

  it('gives a request up when its client has gone', async () => {
    let gone: Promise<unknown> | undefined;
    const origin = await proxied((_request, response) => {
      gone = once(response, 'close');
      response.write('x');
    });
    const request = get(origin);
    const [answer] = (await once(request, 'response')) as [IncomingMessage];
    await once(answer, 'data');
    request.on('error', () => {});
    request.destroy();
    expect(gone).toBeDefined();
    await gone;
  });
});
