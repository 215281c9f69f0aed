import { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Fleet, hold, httpPod, type PodServer, sendRaw, startFleet } from './fleet.ts';

const OFFER =
  'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n';
const LAST = 'GET /last HTTP/1.1\r\nHost: a\r\nX-User: ada\r\nConnection: close\r\n\r\n';

let pod: PodServer;
let fleet: Fleet;
let seen: string[];
beforeEach(async () => {
  seen = [];
  pod = await httpPod((request, response) => {
    const { method, url, headers } = request;
    const { upgrade, 'http2-settings': settings, 'x-name': name } = headers;
    const served = (body: string): void => {
      seen.push([method, url, upgrade, settings, name, body].join(' '));
      response.end(`served ${url}`);
    };
    text(request).then(served, () => {});
  });
  fleet = await startFleet([pod.address]);
  await hold(fleet, 'ada', 0);
});
afterEach(async () => {
  await fleet[Symbol.asyncDispose]();
  await pod.close();
});

describe('a request that offers HTTP/2', () => {
  it.each([
    ['h2c', OFFER],
    ['other protocols, too', OFFER.replace('h2c', 'websocket, H2C')],
  ])('(%s) is served by HTTP/1.1, and so is what follows it on the connection', async (_name, offer) => {
    const head = `Host: a\r\nX-User: ada\r\nX-Name: \u00e9\r\n${offer}`;
    const requests = [
      `GET /get HTTP/1.1\r\n${head}\r\n`,
      `POST /post HTTP/1.1\r\n${head}Content-Length: 4\r\n\r\nbody`,
      `PUT /put HTTP/1.1\r\n${head}Transfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n`,
      LAST,
    ];
    const received = await sendRaw(fleet.port, Buffer.from(requests.join(''), 'latin1'));
    const answers = ['get', 'post', 'put', 'last'].flatMap((name) => ['HTTP/1.1 200', `served /${name}`]);
    expect(received.match(/HTTP\/1\.1 \d+|served \/[a-z]+/g)).toEqual(answers);
    // The pod may get requests of different methods at once.
    expect(seen.toSorted()).toEqual([
      'GET /get   \u00e9 ',
      'GET /last    ',
      'POST /post   \u00e9 body',
      'PUT /put   \u00e9 body',
    ]);
  });

  it('and has a long body gets its 100 first', async () => {
    const head = `POST / HTTP/1.1\r\nHost: a\r\nX-User: ada\r\nExpect: 100-continue\r\nContent-Length: 4\r\n${OFFER}\r\n`;
    const isContinued = (received: string): boolean => received.includes('100 Continue\r\n\r\n');
    expect(await sendRaw(fleet.port, head, isContinued)).toBe('HTTP/1.1 100 Continue\r\n\r\n');
  });

  it('are refused where the same request without the offer is refused', async () => {
    const noUser = LAST.replace('X-User: ada', 'X-Other: ada').replace('Connection: close\r\n', OFFER);
    expect(await sendRaw(fleet.port, `${noUser}${LAST}`)).toMatch(/^HTTP\/1\.1 400 [^]*HTTP\/1\.1 200 /);
    const trace = LAST.replace('GET', 'TRACE').replace('Connection: close\r\n', OFFER);
    expect(await sendRaw(fleet.port, trace)).toMatch(/^HTTP\/1\.1 405 /);
    expect(seen).toEqual(['GET /last    ']);
  });

  it('on a socket without a server of Node is refused', async () => {
    const socket = new Duplex({
      read() {},
      write: (chunk, _encoding, done) => (sent.push(String(chunk)), done()),
    });
    const sent: string[] = [];
    const request = {
      method: 'GET',
      url: '/',
      headers: { upgrade: 'h2c', host: 'a' },
      rawHeaders: ['Host', 'a'],
      socket,
    };
    fleet.gateway.upgrade(request as never, socket, Buffer.alloc(0));
    await vi.waitFor(() => expect(sent.join('')).toMatch(/^HTTP\/1\.1 400 [^]*HTTP\/2 is not forwarded/));
    socket.destroy();
  });
});
